/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs as events ("run" in docs/events.md): of a configuration's first one in a stream all tests, and of later ones only
 * those that came out otherwise than in that first one. Days of them then are no more than a nested host may send.
 */
#ifndef RUNNER_SOAK_RUN_STREAM_H
#define RUNNER_SOAK_RUN_STREAM_H

#include <jansson.h>

/* One end of a stream; all 0 at its beginning. */
struct run_stream {
	json_t *first; /* configuration -> the tests of its first run */
};

/* The members of the event for @run, of outcome_of_result(). The caller frees it. */
json_t *run_stream_encode(struct run_stream *stream, const json_t *run);
/* The run of an event. NULL: it is none that makes sense. The caller frees it. */
json_t *run_stream_decode(struct run_stream *stream, const json_t *event);
void run_stream_free(struct run_stream *stream);

#endif
