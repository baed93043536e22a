/* SPDX-License-Identifier: BSD-2-Clause */
/* What a boot of a nested host says, on each of its streams: taken in, printed and passed on. */
#ifndef RUNNER_BATCH_HOST_HEAR_H
#define RUNNER_BATCH_HOST_HEAR_H

#include "runner/batch/host_boot.h"
#include "runner/common/events.h"

/* For events_reader_init() and lines_feed(); the context is a struct host_boot. */
void host_hear_event(void *context, enum event event, const json_t *object);
void host_hear_text(void *context, const char *line, size_t length);
void host_hear_note(void *context, const char *line, size_t length);
/* A line for people, also into host.log. */
void host_say(struct host_boot *boot, const char *text);

#endif
