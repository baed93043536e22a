/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/failure_list.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* @text, in which each number, decimal or hexadecimal, is one "#". The caller frees it. */
static char *without_numbers(const char *text)
{
	char *copy = alloc_bytes(strlen(text) + 1), *end = copy;
	bool in_word = false;

	while (*text) {
		if (!in_word && isdigit((unsigned char)*text)) {
			while (isalnum((unsigned char)*text))
				text++;
			*end++ = '#';
			continue;
		}
		in_word = isalnum((unsigned char)*text) || *text == '_';
		*end++ = *text++;
	}
	*end = '\0';
	return copy;
}

static const char *message(const struct result_test *test, size_t i)
{
	const char *text = json_string_value(json_array_get(test->messages, i));

	return text ? text : "";
}

/* Failures with the same key have one reason. The caller frees it. */
static char *test_key(const struct result_test *test)
{
	char *said = *test->at ? text_format("%s", test->at) : without_numbers(message(test, 0)),
	     *reason = without_numbers(test->reason), *key;

	key = text_format("%s\n%s\n%s\n%s", verdict_name(test->verdict), reason, said,
			  *said || *reason ? "" : test->name);
	free(said);
	free(reason);
	return key;
}

/* Of what is wrong with the run of @path as a whole. A name of the result itself in it is no difference. */
static char *error_key(const char *error, const char *path)
{
	const char *named = strstr(error, path);
	char *text = named ? text_format("%.*s%s", (int)(named - error), error, named + strlen(path)) :
			     text_format("%s", error),
	     *plain = without_numbers(text), *key = text_format("\n%s", plain);

	free(text);
	free(plain);
	return key;
}

/* What ended the run ended the test, too, and is one failure with it. */
static const char *error_of_run(const struct result_entry *r, const struct result_test *test)
{
	const json_t *error;
	size_t i;

	json_array_foreach(json_object_get(r->rest, "errors"), i, error)
		if (json_is_string(error) && *test->reason && !strcmp(json_string_value(error), test->reason))
			return json_string_value(error);
	return NULL;
}

static struct failure *find(struct failure_list *list, const char *key, size_t result)
{
	size_t place;

	grouped_lines_add(&list->lines, key, result);
	place = (size_t)(grouped_lines_find(&list->lines, key) - list->lines.all);
	if (place == list->count) {
		list->all = alloc_grow(list->all, list->count, sizeof(*list->all));
		list->all[list->count] = (struct failure){.names = json_object(), .order = list->count};
		list->count++;
	}
	return &list->all[place];
}

static void add(struct failure *f, const struct failure_case *what)
{
	f->cases = alloc_grow(f->cases, f->case_count, sizeof(*f->cases));
	f->cases[f->case_count++] = *what;
}

static void add_name(struct failure *f, const char *name)
{
	if (json_object_get(f->names, name))
		return;
	json_object_set_new(f->names, name, json_true());
	if (f->explains < json_object_size(f->names))
		f->explains = json_object_size(f->names);
}

static void add_run(struct failure_list *list, const struct result_entry *r, size_t result)
{
	const json_t *errors = json_object_get(r->rest, "errors"), *error;
	size_t not_run = (size_t)result_count(json_object_get(r->rest, "counts"), "not_run"), i;

	json_array_foreach(errors, i, error) {
		const char *text = json_string_value(error) ? json_string_value(error) : "";
		char *key = error_key(text, r->path);
		struct failure *f = find(list, key, result);

		free(key);
		add(f, &(struct failure_case){.result = result, .error = text});
		if (f->explains < 1 + not_run)
			f->explains = 1 + not_run;
	}
}

static int by_what_it_explains(const void *left, const void *right)
{
	const struct failure *a = left, *b = right;

	if (a->explains != b->explains)
		return a->explains < b->explains ? 1 : -1;
	if (a->case_count != b->case_count)
		return a->case_count < b->case_count ? 1 : -1;
	return a->order < b->order ? -1 : 1;
}

void failure_list_init(struct failure_list *list, const struct result_set *set)
{
	*list = (struct failure_list){0};
	grouped_lines_init(&list->lines, set);
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];

		add_run(list, r, i);
		for (size_t j = 0; j < r->test_count; j++) {
			const char *error;
			struct failure *f;
			char *key;

			if (!result_test_is_bad(&r->tests[j]))
				continue;
			error = error_of_run(r, &r->tests[j]);
			key = error ? error_key(error, r->path) : test_key(&r->tests[j]);
			f = find(list, key, i);
			free(key);
			add(f, &(struct failure_case){.result = i, .test = &r->tests[j]});
			add_name(f, r->tests[j].name);
		}
	}
	if (list->count)
		qsort(list->all, list->count, sizeof(*list->all), by_what_it_explains);
}

void failure_list_free(struct failure_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->all[i].cases);
		json_decref(list->all[i].names);
	}
	free(list->all);
	grouped_lines_free(&list->lines);
}

const char *failure_key(const struct failure_list *list, const struct failure *f)
{
	return list->lines.all[f->order].text;
}

static bool all_say(const struct failure *f, size_t i)
{
	char *first = without_numbers(message(f->cases[0].test, i));
	bool same = true;

	for (size_t j = 1; j < f->case_count && same; j++) {
		char *other = without_numbers(message(f->cases[j].test, i));

		same = !strcmp(first, other);
		free(other);
	}
	free(first);
	return same;
}

size_t failure_next_message(const struct failure *f, size_t from)
{
	size_t count = f->cases[0].test ? json_array_size(f->cases[0].test->messages) : 0;

	while (from && from < count && !all_say(f, from))
		from++;
	return from < count ? from : count;
}

void failure_print_where(const struct failure_list *list, const struct failure *f, bool all)
{
	struct line_group where = {0};

	for (size_t i = 0; i < f->case_count; i++) {
		if (i && f->cases[i].result == f->cases[i - 1].result)
			continue;
		where.all = alloc_grow(where.all, where.count, sizeof(*where.all));
		where.all[where.count++] = (struct line_place){.result = f->cases[i].result, .count = 1};
	}
	grouped_lines_print_where(&list->lines, &where,
				  (f->cases[0].test ? 0 : WHERE_ANYWHERE) | (all ? WHERE_ALL : 0));
	free(where.all);
}
