/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/ktap_parser.c and result_make.c: whatever a guest prints becomes a result that adds up. */
#include "selftest/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/hostinfo.h"
#include "runner/run/ktap_parser.h"
#include "runner/run/result_make.h"

/* Instead of the one in runner/common, which reads many files. */
json_t *hostinfo_collect(void)
{
	return json_pack("{s:s, s:{}}", "release", "6.1", "kvm_parameters");
}

/* Every test has a verdict, and each verdict as many tests as were counted. */
static void check_counts(const json_t *result)
{
	const json_t *tests = json_object_get(result, "tests"), *counts = json_object_get(result, "counts"),
		     *test;
	json_int_t sum = 0, seen = 0;
	const char *verdict;
	const json_t *count;
	size_t i;

	json_array_foreach(tests, i, test) {
		verdict = json_string_value(json_object_get(test, "verdict"));
		FUZZ_CHECK(verdict && json_object_get(counts, verdict));
		seen++;
	}
	json_object_foreach((json_t *)counts, verdict, count) {
		FUZZ_CHECK(json_integer_value(count) >= 0);
		if (!strstr(verdict, "not_run"))
			sum += json_integer_value(count);
	}
	FUZZ_CHECK(sum == seen);
}

static void check_result(struct ktap_parser *k, enum run_end end)
{
	char *args[] = {NULL}, *text;
	const struct run_options o = {.name = "fuzz",
				      .qemu = "qemu",
				      .accel = "kvm",
				      .kernel = "kernel",
				      .append = "",
				      .args = args};
	const struct run_outcome outcome = {.o = &o, .ktap = k, .end = end, .duration_ms = 1000};
	json_t *result = result_make(&outcome);

	FUZZ_CHECK(result);
	check_counts(result);
	/* A line that is out of place fails the run. */
	FUZZ_CHECK(!json_array_size(k->errors) ||
		   strcmp(json_string_value(json_object_get(result, "verdict")), "pass"));
	text = json_dumps(result, JSON_ENSURE_ASCII);
	FUZZ_CHECK(text);
	free(text);
	json_decref(result);
}

/* The first byte says how the input is cut into pieces, and how it ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool hangs = size && data[0] & 0x80;
	size_t piece = size ? 1 + (data[0] & 0x7f) : 1;
	struct ktap_parser *k = malloc(sizeof(*k));

	if (!k)
		return 0;
	ktap_parser_init(k);
	for (size_t at = 1; at < size; at += piece)
		ktap_parser_feed(k, (const char *)data + at, size - at < piece ? size - at : piece,
				 (int64_t)at);
	free(ktap_parser_where(k));
	ktap_parser_finish(k, hangs ? VERDICT_TIMEOUT : VERDICT_ERROR, hangs ? "no output" : NULL,
			   (int64_t)size);
	check_result(k, hangs ? RUN_END_SILENCE : RUN_END_EXIT);
	ktap_parser_free(k);
	free(k);
	return 0;
}
