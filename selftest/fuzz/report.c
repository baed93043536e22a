/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/report: results that any program may have written, in every form of report, side by side and compared. */
#include "selftest/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/report/diff_print.h"
#include "runner/report/report.h"
#include "runner/report/result_set.h"

/* Where each part of an input goes. A line "====" is between two parts. */
static const char *const files[] = {"now/a/one.json", "now/a/two.json", "now/b/one.json", "before/a/one.json",
				    "now/a/host.jsonl"};
#define PARTS	  (sizeof(files) / sizeof(files[0]))
#define SEPARATOR "\n====\n"

static void make_folders(void)
{
	static const char *const folders[] = {"now", "now/a", "now/b", "before", "before/a"};
	char *path;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (asprintf(&path, "%s/%s", fuzz_folder(), folders[i]) < 0)
			abort();
		mkdir(path, 0777);
		free(path);
	}
}

static void write_parts(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < PARTS; i++) {
		const uint8_t *end = memmem(data, size, SEPARATOR, strlen(SEPARATOR));
		size_t length = end && i + 1 < PARTS ? (size_t)(end - data) : size;

		fuzz_write(files[i], data, length);
		if (end && i + 1 < PARTS) {
			data += length + strlen(SEPARATOR);
			size -= length + strlen(SEPARATOR);
		}
		/* Without further parts, the last one counts for all: two hosts with the same result. */
	}
}

static void load(struct result_set *set, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", fuzz_folder(), name) < 0)
		abort();
	result_set_load(set, &path, 1, false);
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result_set now, before;
	static bool ready;

	if (!ready) {
		fuzz_silence();
		make_folders();
		ready = true;
	}
	write_parts(data, size);
	load(&before, "before");
	load(&now, "now");
	report_text(&now, true, NULL);
	report_ktap(&now);
	report_junit(&now);
	report_sarif(&now);
	report_annotations(&now);
	report_codequality(&now);
	report_lava(&now);
	report_kcidb(&now, "fuzz:1");
	report_json(&now, json_null());
	report_status(&now);
	free(diff_why_not(&before));
	diff_print(&before, &now, &(struct diff_terms){0}, stdout);
	report_json(&now, diff_json(&before, &now, &(struct diff_terms){.part = true, .judge_cost = 1}));
	result_set_free(&before);
	result_set_free(&now);
	return 0;
}
