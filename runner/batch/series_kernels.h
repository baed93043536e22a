/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernels of a series on one host, and what became of them. */
#ifndef RUNNER_BATCH_SERIES_KERNELS_H
#define RUNNER_BATCH_SERIES_KERNELS_H

#include <jansson.h>
#include <stddef.h>

#include "runner/batch/series_plan.h"
#include "runner/common/kernel_version.h"

struct series_kernel {
	const json_t *entry; /* of the catalogue: nested-host/kernels */
	struct kernel_version version;
	char *host; /* the host with this kernel: trixie+6.18.5-intel */
	char *why; /* it was left out, or NULL */
};

struct series_column {
	const char *host; /* trixie-intel */
	struct series_kernel *kernels; /* oldest version first */
	enum series_state *states; /* by index of the kernels */
	unsigned int *branches; /* the same: which stable series each belongs to */
	size_t count;
};

/* What nested-host/kernels says: an array of objects, which the caller frees. Ends the program if it fails. */
json_t *series_catalogue(void);
/* The kernels of @catalogue, which has to stay, in @range. */
void series_column_make(struct series_column *column, const char *host, const json_t *catalogue,
			const struct kernel_range *range);
void series_column_free(struct series_column *column);
/* @why: printf's format and arguments. */
void series_leave_out(struct series_column *column, size_t kernel, const char *why, ...)
	__attribute__((format(printf, 3, 4)));
/* An element of "hosts" in FOLDER/series. */
json_t *series_column_json(const struct series_column *column);

#endif
