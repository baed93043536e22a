/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/batch/host_boot.c: whatever a nested host and the pvbatch in it say. A 0 byte in the input changes the stream. */
#include "selftest/fuzz/fuzz.h"

#include <string.h>

#include "runner/batch/config_keys.h"
#include "runner/batch/host_boot.h"

static void check_plan(const struct host *host, const struct host_boot *boot)
{
	const json_t *name;
	size_t i;

	/* They become names of files. */
	json_array_foreach(host->plan, i, name)
		FUZZ_CHECK(config_name_is_valid(json_string_value(name)));
	FUZZ_CHECK(json_object_size(boot->ended) <= json_array_size(host->plan));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct batch batch = {.matrix = true, .verbose = true, .jobs = 2};
	struct host host = {.name = (char *)"woody"};
	struct host_list hosts = {.hosts = &host, .count = 1};
	struct progress progress;
	struct host_runs runs = {.batch = &batch, .hosts = &hosts, .progress = &progress, .width = 18};
	struct host_boot boot = {.runs = &runs, .host = &host, .number = 1, .of = 2};
	const char *bytes = (const char *)data;

	fuzz_silence();
	progress_init(&progress, stdout, (struct events){.fd = 1});
	runs.results = fuzz_folder();
	host_boot_open(&boot);
	for (int stream = 0; size; stream = (stream + 1) % CHILD_STREAMS) {
		const char *end = memchr(bytes, '\0', size);
		size_t length = end ? (size_t)(end - bytes) : size;

		host_boot_input(&boot, stream, bytes, length);
		bytes += length + !!end;
		size -= length + !!end;
	}
	host_boot_end(&boot, 0);
	check_plan(&host, &boot);
	host_boot_free(&boot);
	json_decref(host.plan);
	fuzz_empty();
	return 0;
}
