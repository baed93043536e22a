/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run says while it goes on: lines for people, a heartbeat on a terminal, and the stream of events. */
#ifndef RUNNER_BATCH_PROGRESS_H
#define RUNNER_BATCH_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "runner/common/events.h"
#include "runner/common/verdict.h"

struct progress {
	FILE *out; /* lines for people; NULL: there are none, as the reader of the events prints them */
	bool heartbeat; /* @out is a terminal */
	bool shown; /* the cursor is behind a heartbeat */
	int64_t beat_ms; /* the last one */
	char *head; /* what a heartbeat shows in place of "[ENDED/TOTAL]", or NULL; whoever sets it frees it */
	struct events events;
};

void progress_init(struct progress *p, FILE *out, struct events events);
/* A line, on @out and as a "message" event. Whatever is not printable in it is escaped. */
void progress_say(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line on @out alone. */
void progress_print(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for @line of verdict_line(), whose first word gets the colour of @verdict. */
void progress_verdict(struct progress *p, const char *prefix, enum verdict verdict, const char *line);
/* "start 0.3 s, boot 0.1 s, ...", from the "timing" of an "end", or NULL. The caller frees it. */
char *progress_timing(const json_t *end);
/* Shows "[ENDED/TOTAL]@text" in place of the last heartbeat, once a second. */
bool progress_wants_beat(const struct progress *p);
void progress_beat(struct progress *p, size_t ended, size_t total, const char *text);
void progress_erase(struct progress *p);

#endif
