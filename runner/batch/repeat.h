/* SPDX-License-Identifier: BSD-2-Clause */
/* --repeat, --for and --until-fail: what both ways of repeating share, on this machine and on nested hosts. */
#ifndef RUNNER_BATCH_REPEAT_H
#define RUNNER_BATCH_REPEAT_H

#include <jansson.h>
#include <stdint.h>

#include "runner/batch/batch.h"
#include "runner/batch/progress.h"

/* Finds options that do not go together, and ends the program then. */
void repeat_check(const struct batch *batch);

/* How far it is, for people and for programs. */
struct repeat_state {
	long repetitions; /* complete ones */
	long of; /* 0: no such limit */
	int64_t elapsed_ms, left_ms; /* left: less than 0: nothing tells */
};

/* A "repetition" event. @failures: of counts_failures(). @host: NULL: this machine. */
void repeat_write_event(struct progress *progress, const struct repeat_state *state, const json_t *failures,
			const char *host);
/* What a line of progress begins with. The caller frees it. */
char *repeat_head(const struct repeat_state *state, const json_t *failures);
/* A line for each verdict in @news, of counts_add(). @host: NULL: there is but one. */
void repeat_say_news(struct progress *progress, const char *host, const json_t *news, long repetition);

/* Runs pvreport --soak on @folders. Returns its status. */
int repeat_report(const struct batch *batch, struct progress *progress, char *const *folders, size_t count);

#endif
