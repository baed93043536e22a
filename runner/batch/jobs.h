/* SPDX-License-Identifier: BSD-2-Clause */
/* Children side by side: starts them, hands on what they write, and notices their ends and our own signals. */
#ifndef RUNNER_BATCH_JOBS_H
#define RUNNER_BATCH_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/batch/child.h"

struct jobs_client {
	void *context; /* the first argument of all these */
	/* Whether job @index, which is the next one, may start while @running others run; may be NULL. */
	bool (*may_start)(void *context, size_t index, size_t running);
	void (*start)(void *context, size_t index, struct child *child);
	/* What the job wrote to the descriptor that is its stream number @stream. */
	void (*input)(void *context, size_t index, int stream, const char *bytes, size_t length);
	/* Asked before end(): whether the job starts once more, and has not come to its end yet. May be NULL. */
	bool (*again)(void *context, size_t index, int status);
	/* All its output has been read. @status: as from child_wait(). */
	void (*end)(void *context, size_t index, int status);
	/* Called once a second; may be NULL. */
	void (*tick)(void *context);
};

/*
 * Runs jobs 0 to @count - 1, at most @parallel at a time. @output: a descriptor; if its reader goes away, that counts as
 * a SIGPIPE. Returns 0, or the signal (INT, TERM, HUP or PIPE) that interrupted it: then all that ran have ended, and
 * the others never started.
 */
int jobs_run(const struct jobs_client *client, size_t count, size_t parallel, int output);

#endif
