/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/fleet: reports of hosts, and a list of hosts, that any program may have written, as text, as JSON and compared. */
#include "selftest/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runner/fleet/fleet_parts.h"
#include "runner/fleet/fleet_report.h"

/* Where each part of an input goes. A line "====" is between two parts. */
static const char *const files[] = {"now/a.json", "now/b.json", "now/fleet.jsonl", "before/a.json",
				    "now/c.json"};
#define PARTS	  (sizeof(files) / sizeof(files[0]))
#define SEPARATOR "\n====\n"

static void make_folder(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", fuzz_folder(), name) < 0)
		abort();
	mkdir(path, 0777);
	free(path);
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
	}
}

static void load(struct fleet *fleet, const char *name)
{
	char *path, *why;

	if (asprintf(&path, "%s/%s", fuzz_folder(), name) < 0)
		abort();
	why = fleet_load(fleet, path);
	if (why)
		abort();
	free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fleet now, before;
	json_t *document;
	static bool ready;

	if (!ready) {
		fuzz_silence();
		make_folder("now");
		make_folder("before");
		ready = true;
	}
	write_parts(data, size);
	load(&before, "before");
	load(&now, "now");
	document = fleet_json(&now, &before);
	fleet_free(&before);
	fleet_free(&now);
	json_dumpf(document, stdout, 0);
	fleet_print(document, false, stdout);
	fleet_print(document, true, stdout);
	json_decref(document);
	return 0;
}
