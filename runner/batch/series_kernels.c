/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/series_kernels.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/batch.h"
#include "runner/batch/host_catalogue.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

json_t *series_catalogue(void)
{
	json_t *kernels = host_catalogue(NULL, false);

	if (!kernels)
		exit(STATUS_CANNOT_RUN);
	return kernels;
}

/* SUITE[SUFFIXES] -> SUITE+VERSION[SUFFIXES], as docs/hosts.md has it. */
static char *host_with(const char *host, const char *version)
{
	size_t suite = strcspn(host, "-");

	return text_format("%.*s+%s%s", (int)suite, host, version, host + suite);
}

static int compare(const void *left, const void *right)
{
	const struct series_kernel *a = left, *b = right;

	return kernel_version_compare(&a->version, &b->version);
}

void series_column_make(struct series_column *column, const char *host, const json_t *catalogue,
			const struct kernel_range *range)
{
	const json_t *entry;
	size_t i;

	*column = (struct series_column){.host = host};
	json_array_foreach(catalogue, i, entry) {
		struct series_kernel kernel = {.entry = entry};
		const char *version = result_string(entry, "version");

		if (!kernel_version_parse(&kernel.version, version) ||
		    !kernel_range_has(range, &kernel.version))
			continue;
		kernel.host = host_with(host, version);
		column->kernels = alloc_grow(column->kernels, column->count, sizeof(kernel));
		column->kernels[column->count++] = kernel;
	}
	if (column->count)
		qsort(column->kernels, column->count, sizeof(*column->kernels), compare);
	column->states = alloc_bytes(column->count * sizeof(*column->states));
	column->branches = alloc_bytes(column->count * sizeof(*column->branches));
	for (i = 0; i < column->count; i++) {
		column->states[i] = SERIES_NOT_RUN;
		column->branches[i] = kernel_version_branch(&column->kernels[i].version);
	}
}

void series_column_free(struct series_column *column)
{
	for (size_t i = 0; i < column->count; i++) {
		free(column->kernels[i].host);
		free(column->kernels[i].why);
	}
	free(column->kernels);
	free(column->states);
	free(column->branches);
}

void series_leave_out(struct series_column *column, size_t kernel, const char *why, ...)
{
	va_list args;

	column->states[kernel] = SERIES_LEFT_OUT;
	va_start(args, why);
	column->kernels[kernel].why = text_vformat(why, args);
	va_end(args);
}

json_t *series_column_json(const struct series_column *column)
{
	static const char *const states[] =
		{[SERIES_NOT_RUN] = "not run", [SERIES_RAN] = "ran", [SERIES_LEFT_OUT] = "left out"};
	json_t *kernels = json_array();

	for (size_t i = 0; i < column->count; i++) {
		const struct series_kernel *kernel = &column->kernels[i];

		json_array_append_new(kernels,
				      json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "version",
						text_json(result_string(kernel->entry, "version")), "release",
						text_json(result_string(kernel->entry, "release")),
						"package_version",
						text_json(result_string(kernel->entry, "package_version")),
						"suite",
						text_json_or_null(result_string(kernel->entry, "suite")),
						"host", text_json(kernel->host), "state",
						states[column->states[i]], "why",
						text_json_or_null(kernel->why)));
	}
	return json_pack("{s:o, s:o}", "host", text_json(column->host), "kernels", kernels);
}
