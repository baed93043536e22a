/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of one or several runs with repetitions, put together by host and configuration. */
#ifndef RUNNER_SOAK_SOAK_LOAD_H
#define RUNNER_SOAK_SOAK_LOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct soak_set {
	/*
	 * Elements are like members of "configurations" in docs/soak.schema.json, and have "host" (null: none has a name) and
	 * "configuration", too; "kept" are paths of logs.
	 */
	json_t *configurations;
	json_t *host_events; /* with "host" */
	size_t documents;
	bool complete; /* all of them */
};

/* @paths: files, or folders that have soak.json, or folders with it. NULL: done. Otherwise one line that says what is wrong; the caller frees it. To be freed in either case. */
char *soak_load(struct soak_set *set, char *const *paths, size_t count);
void soak_free(struct soak_set *set);

#endif
