/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/failure_note.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/sha256.h"
#include "runner/common/text.h"
#include "runner/report/diff_find.h"
#include "runner/report/join_names.h"

#define LETTERS	    "abcdefghijklmnopqrstuvwxyz"
#define NAMES_SHOWN 2

static const char of_configurations[] = "unittests.cfg";

/* Some file below this folder: a result may say anything. */
static bool is_source(const char *path, size_t length)
{
	return length && length == strspn(path, LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-") &&
	       path[0] != '/' && path[0] != '.' && path[0] != '-' && !strstr(path, "..");
}

/* "tests/pv_ipi.c:181" */
static bool take_place(struct failure_note *note, const char *at)
{
	const char *colon = strrchr(at, ':');
	char *file, *end = NULL;
	long line;

	if (!colon)
		return false;
	line = strtol(colon + 1, &end, 10);
	file = text_copy(at, (size_t)(colon - at));
	if (*end || line < 1 || line > 1000000 || !is_source(file, strlen(file))) {
		free(file);
		return false;
	}
	note->file = file;
	note->line = line;
	return true;
}

/* Each suite has a file of its name; there may be others that continue it. */
static char *suite_file(const char *test)
{
	size_t length = strspn(test, LETTERS "0123456789_");

	if (!length || test[length] != '.')
		return text_copy(of_configurations, sizeof(of_configurations));
	return text_format("tests/%.*s.c", (int)length, test);
}

static json_t *labels(const struct result_set *set, const struct failure *f)
{
	json_t *all = json_array();

	for (size_t i = 0; i < f->case_count; i++)
		if (!i || f->cases[i].result != f->cases[i - 1].result)
			json_array_append_new(all, text_json(set->all[f->cases[i].result].label));
	return all;
}

/* The reason, and what all cases say. */
static char *what_is_said(const struct failure *f)
{
	const struct failure_case *first = &f->cases[0];
	const json_t *messages = first->test ? first->test->messages : NULL;
	char *said = text_format("%s", first->test ? first->test->reason : first->error);

	for (size_t i = failure_next_message(f, 0); i < json_array_size(messages);
	     i = failure_next_message(f, i + 1)) {
		const char *message = json_string_value(json_array_get(messages, i));
		char *longer = text_format("%s%s%s", said, *said ? "; " : "", message ? message : "");

		free(said);
		said = longer;
	}
	return said;
}

static char *title(const struct failure *f)
{
	json_t *names = json_array(), *value;
	const char *name;
	char *text;

	json_object_foreach(f->names, name, value)
		json_array_append_new(names, json_string(name));
	text = json_array_size(names) ? join_first_names(names, NAMES_SHOWN) :
					text_format("%s", DIFF_THE_RUN);
	json_decref(names);
	return text;
}

static char *fingerprint(const char *key)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, key, strlen(key));
	return sha256_end(&s);
}

static char *printable(char *text)
{
	char *copy = text_printable(text, strlen(text));

	free(text);
	return copy;
}

struct failure_note failure_note_of(const struct failure_list *list, const struct result_set *set,
				    const struct failure *f)
{
	const struct result_test *test = f->cases[0].test;
	struct failure_note note = {.line = 1, .fingerprint = fingerprint(failure_key(list, f))};
	json_t *places = labels(set, f);
	char *where = join_names(places), *said = what_is_said(f);

	if (!test || !take_place(&note, test->at))
		note.file = suite_file(test ? test->name : "");
	note.title = printable(title(f));
	note.text = printable(
		text_format("%s in %s: %s", verdict_name(test ? test->verdict : VERDICT_ERROR), where, said));
	json_decref(places);
	free(where);
	free(said);
	return note;
}

void failure_note_free(struct failure_note *note)
{
	free(note->file);
	free(note->title);
	free(note->text);
	free(note->fingerprint);
}
