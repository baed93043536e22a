/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/timing.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

void timing_init(struct timing *t, int64_t now_ms)
{
	*t = (struct timing){.exec_ms = now_ms, .suites = json_array()};
}

void timing_output(struct timing *t, int64_t now_ms)
{
	if (!t->first_byte_ms)
		t->first_byte_ms = now_ms;
}

static void close_suite(struct timing *t, int64_t now_ms)
{
	if (t->suite)
		json_array_append_new(t->suites, json_pack("{s:o, s:I}", "name", text_json(t->suite), "ms",
							   (json_int_t)(now_ms - t->suite_ms)));
	free(t->suite);
	t->suite = NULL;
}

void timing_test(struct timing *t, const char *name, int64_t now_ms)
{
	size_t length = strcspn(name, ".");

	if (!t->first_test_ms)
		t->first_test_ms = now_ms;
	if (t->suite && !strncmp(t->suite, name, length) && !t->suite[length])
		return;
	close_suite(t, now_ms);
	t->suite = strndup(name, length);
	t->suite_ms = now_ms;
}

void timing_report_end(struct timing *t, int64_t now_ms)
{
	if (t->report_end_ms)
		return;
	close_suite(t, now_ms);
	t->report_end_ms = now_ms;
}

json_t *timing_json(struct timing *t, int64_t end_ms)
{
	json_t *made = json_object();

	close_suite(t, end_ms);
	if (t->first_byte_ms)
		json_object_set_new(made, "start_ms", json_integer(t->first_byte_ms - t->exec_ms));
	if (t->first_test_ms)
		json_object_set_new(made, "boot_ms", json_integer(t->first_test_ms - t->first_byte_ms));
	json_object_set(made, "suites", t->suites);
	if (t->report_end_ms)
		json_object_set_new(made, "end_ms", json_integer(end_ms - t->report_end_ms));
	return made;
}

void timing_free(struct timing *t)
{
	free(t->suite);
	json_decref(t->suites);
}
