/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders of series, as run_tests.sh --series leaves them: which kernels there are, and the results of those that ran. */
#ifndef RUNNER_REPORT_SERIES_LOAD_H
#define RUNNER_REPORT_SERIES_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/report/result_set.h"

enum series_fate {
	SERIES_KERNEL_NOT_RUN,
	SERIES_KERNEL_RAN,
	SERIES_KERNEL_LEFT_OUT, /* it could not be had, or said nothing */
};

struct series_kernel_results {
	const json_t *entry; /* version, release, package_version, suite, host, why: as in FOLDER/series */
	enum series_fate fate;
	struct result_set
		results; /* of the series' configurations, as far as there are any; empty unless it ran */
	char *folder;
};

struct series_host {
	const char *name; /* without a kernel: trixie-intel */
	const json_t *series; /* the document of FOLDER/series */
	struct series_kernel_results *kernels; /* oldest version first */
	size_t count;
};

struct series_set {
	struct series_host *hosts;
	size_t count;
	json_t *documents; /* private to series_load.c */
};

/* NULL: done. Otherwise one line that says what is wrong; the caller frees it. To be freed in either case. */
char *series_load(struct series_set *set, char *const *folders, size_t count);
void series_free(struct series_set *set);

/* A member of the entry: "" if it is null. */
const char *series_kernel_text(const struct series_kernel_results *kernel, const char *key);
/* The next kernel of @host behind @kernel that ran, or NULL. */
const struct series_kernel_results *series_next(const struct series_host *host,
						const struct series_kernel_results *kernel);

#endif
