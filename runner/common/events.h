/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens in a run, while it happens, for programs: one JSON object per line, as docs/events.md describes. pvrun
 * and pvbatch write such a stream; pvbatch reads that of its pvruns, and that of the pvbatch inside a nested host.
 */
#ifndef RUNNER_COMMON_EVENTS_H
#define RUNNER_COMMON_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/common/lines.h"

#define EVENTS_VERSION	1
#define EVENTS_LINE_MAX (256 << 10)

enum event {
	EVENT_HELLO,
	EVENT_PLAN,
	EVENT_START,
	EVENT_TEST,
	EVENT_END,
	EVENT_LOG,
	EVENT_MESSAGE,
	EVENT_HOST,
	EVENT_RUN,
	EVENT_REPETITION,
	EVENT_DONE,
	EVENT_COUNT
};

/* Where the stream goes; -1: nowhere, and the functions below do nothing but free what they are given. */
struct events {
	int fd;
};

/* @where: "-" for standard output, or the number of a descriptor that is open for writing. False: it is neither. */
bool events_open(struct events *e, const char *where);
void events_hello(struct events *e, const char *program);
/* Writes one line. @members is an object, which this takes over; the event's name is put in front of it. */
void events_write(struct events *e, enum event event, json_t *members);
void events_test(struct events *e, const char *configuration, const char *name);
/* @result: as docs/result.schema.json describes it. */
void events_end(struct events *e, const char *configuration, const json_t *result);
/* @text: a line of a log, without its newline. */
void events_log(struct events *e, const char *configuration, const char *text);

/* @object has the members that the event must have, with the right types. */
typedef void events_handler(void *context, enum event event, const json_t *object);

/* Strict: lines that are no event, or incomplete ones, are counted. Events of unknown names are ignored. */
struct events_reader {
	struct lines lines;
	events_handler *handler;
	void *context;
	bool greeted; /* the stream began with a "hello" of a version that we know */
	long long foreign_version; /* of a "hello" that we do not know; 0: there was none */
	size_t malformed; /* lines that were dropped */
};

void events_reader_init(struct events_reader *r, events_handler *handler, void *context);
void events_read(struct events_reader *r, const char *bytes, size_t length);
void events_reader_free(struct events_reader *r);

#endif
