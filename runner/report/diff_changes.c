/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_changes.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"
#include "runner/report/diff_kinds.h"
#include "runner/report/join_names.h"
#include "runner/report/suite_names.h"

/* Of one failure. The log has all of them. */
#define MESSAGES_SHOWN 6

/* More tests than these in one row are counted by suite instead of named. */
#define MANY_TESTS 40

/* The same change of one test at some places. */
struct group {
	const struct change *const *changes; /* in a sorted array, place by place */
	size_t count;
};

/* By everything except the place. */
static int order_of_tests(const struct change *a, const struct change *b)
{
	int order = (int)a->kind - (int)b->kind;

	order = order ? order : strcmp(a->test, b->test);
	order = order ? order : strcmp(a->why, b->why);
	order = order ? order : strcmp(a->before, b->before);
	order = order ? order : strcmp(a->now, b->now);
	return order ? order : strcmp(a->at, b->at);
}

static int compare_changes(const void *left, const void *right)
{
	const struct change *a = *(const struct change *const *)left,
			    *b = *(const struct change *const *)right;
	int order = order_of_tests(a, b);

	/* They were found place by place. */
	return order ? order : (a > b) - (a < b);
}

/* By everything except the test. */
static int order_of_places(const struct group *a, const struct group *b)
{
	const struct change *first = a->changes[0], *second = b->changes[0];
	int order = (int)first->kind - (int)second->kind;

	order = order ? order : strcmp(first->why, second->why);
	order = order ? order : strcmp(first->before, second->before);
	order = order ? order : strcmp(first->now, second->now);
	order = order ? order : (a->count < b->count) - (a->count > b->count);
	for (size_t i = 0; i < a->count && !order; i++)
		order = strcmp(a->changes[i]->where, b->changes[i]->where);
	return order;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;
	int order = order_of_places(a, b);

	return order ? order : strcmp(a->changes[0]->test, b->changes[0]->test);
}

static char *places(const struct group *g)
{
	json_t *names = json_array();
	char *text;

	for (size_t i = 0; i < g->count; i++)
		json_array_append_new(names, text_json(g->changes[i]->where));
	text = join_names(names);
	json_decref(names);
	return text;
}

static void print_messages(const json_t *messages, FILE *out)
{
	const json_t *message;
	size_t i;

	json_array_foreach(messages, i, message) {
		if (i == MESSAGES_SHOWN) {
			text_print(out, "      [... %zu more lines]\n", json_array_size(messages) - i);
			break;
		}
		text_print(out, "      %s\n", json_string_value(message));
	}
}

static void print_tests(const struct group *groups, size_t count, FILE *out)
{
	const char **names = alloc_bytes(count * sizeof(*names));

	for (size_t i = 0; i < count; i++)
		names[i] = groups[i].changes[0]->test;
	suite_names_print(names, count, MANY_TESTS, out);
	free(names);
}

/* The names of all of them. */
static void print_configs(const struct group *g, FILE *out)
{
	struct wrapped_list lines = {.out = out, .indent = 2};

	for (size_t i = 0; i < g->count; i++) {
		char *text = text_format("%s%s", g->changes[i]->where, i + 1 < g->count ? "," : "");

		wrapped_list_print(&lines, text);
		free(text);
	}
	fputc('\n', out);
}

static void print_places(const struct group *g, size_t tests, FILE *out)
{
	const struct change *c = g->changes[0];
	char *in = places(g);

	if (tests == 1)
		text_print(out, "  %s", c->test);
	else
		text_print(out, "  %zu tests", tests);
	text_print(out, ": %s -> %s, in %s\n", c->before, c->now, in);
	free(in);
}

/* @count tests with the same change at the same places. */
static void print_row(const struct group *groups, size_t count, FILE *out)
{
	const struct change *c = groups[0].changes[0];

	if (*c->test)
		print_places(groups, count, out);
	else
		print_configs(groups, out);
	if (*c->why)
		text_print(out, "      %s\n", c->why);
	print_messages(c->messages, out);
	if (count > 1)
		print_tests(groups, count, out);
}

/* Groups of one kind. */
static void print_kind(const struct group *groups, size_t count, size_t subjects, FILE *out)
{
	size_t end;

	text_print(out, "%s: %zu%s\n", change_kinds[groups[0].changes[0]->kind].heading, subjects,
		   *groups[0].changes[0]->test ? subjects == 1 ? " test" : " tests" : "");
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && !groups[i].changes[0]->messages &&
				  !groups[end].changes[0]->messages &&
				  !order_of_places(&groups[i], &groups[end]);)
			end++;
		print_row(&groups[i], end - i, out);
	}
	fputc('\n', out);
}

/* Counts the different tests, or configurations, of each kind. */
static void count_subjects(const struct change *const *sorted, size_t count, size_t *subjects)
{
	for (size_t i = 0; i < count; i++)
		if (!i || sorted[i]->kind != sorted[i - 1]->kind || !*sorted[i]->test ||
		    strcmp(sorted[i]->test, sorted[i - 1]->test) != 0)
			subjects[sorted[i]->kind]++;
}

void diff_changes_print(const struct diff *changes, size_t *subjects, FILE *out)
{
	const struct change **sorted = alloc_bytes(changes->count * sizeof(const struct change *));
	struct group *groups = alloc_bytes(changes->count * sizeof(*groups));
	size_t count = 0, end;

	for (size_t i = 0; i < changes->count; i++)
		sorted[i] = &changes->all[i];
	qsort(sorted, changes->count, sizeof(const struct change *), compare_changes);
	count_subjects(sorted, changes->count, subjects);
	for (size_t i = 0; i < changes->count; i = end) {
		for (end = i + 1; end < changes->count && !order_of_tests(sorted[i], sorted[end]);)
			end++;
		groups[count++] = (struct group){&sorted[i], end - i};
	}
	qsort(groups, count, sizeof(*groups), compare_groups);
	for (size_t i = 0; i < count; i = end) {
		for (end = i + 1; end < count && groups[end].changes[0]->kind == groups[i].changes[0]->kind;)
			end++;
		print_kind(&groups[i], end - i, subjects[groups[i].changes[0]->kind], out);
	}
	free(groups);
	free(sorted);
}
