/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot of a nested host, from power-on to power-off: what the pvbatch inside it and nested-host/run around it say.
 * A host is booted several times where there are more jobs than hosts; each boot then runs its share.
 */
#ifndef RUNNER_BATCH_HOST_BOOT_H
#define RUNNER_BATCH_HOST_BOOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "runner/batch/child.h"
#include "runner/batch/host_list.h"
#include "runner/common/lines.h"

/* Streams of nested-host/run. */
enum host_stream {
	HOST_STREAM_EVENTS, /* its standard output: the events of the pvbatch inside */
	HOST_STREAM_TEXT, /* its standard error: lines for people */
	HOST_STREAM_NOTES, /* what it says of the host: KIND<tab>TEXT */
};

/* How all boots of a host have ended. */
struct host_end {
	bool whole; /* each ran, and none was ended by a signal */
	bool dead; /* the host's kernel panicked or died, or nothing can run there */
	const char *why; /* what was said of the host last, or NULL */
};

/* What all boots have in common. */
struct host_runs {
	const struct batch *batch;
	const struct selection *selection; /* not for a matrix, which each host makes for itself */
	const struct selection *named; /* what the run inside is told to select */
	const char *const *options; /* of that run, further ones; or NULL */
	const char *input; /* a folder that it gets as input/, or NULL */
	struct host_list *hosts;
	struct progress *progress;
	const char *results;
	int width; /* for names */
	bool name_hosts; /* even if there is only one */
	/* Called when all that comes from a host is there; may be NULL. */
	void (*host_ended)(void *context, const struct host *host, const struct host_end *end);
	void *context;
	struct repeat_hosts *repeat; /* NULL: each configuration runs once */
};

struct host_boot {
	struct host_runs *runs;
	struct host *host;
	size_t number, of; /* which of the boots of this host, from 1 */
	struct repeat_boot *repeat; /* NULL: each configuration runs once */
	char *name; /* HOST or HOST/NUMBER */
	char *folder; /* for its results */
	FILE *log; /* what it says to people */
	struct events file; /* host.jsonl */
	struct events_reader events;
	struct lines text, notes;
	json_t *ended; /* names of configurations that have ended */
	json_t *said; /* what nested-host/run says of the host: strings */
	int64_t heard_ms;
	bool running;
	bool dead; /* what was said means that the host itself has come to an end */
	bool lost; /* host.log or host.jsonl is not complete */
	int status; /* as from child_wait(), once it has ended */
};

/* @boot has runs, host, number and of: makes its folder and the files in it. */
void host_boot_open(struct host_boot *boot);
/* The same, and starts nested-host/run. */
void host_boot_start(struct host_boot *boot, struct child *child);
/* What came through one of the child's streams; see enum host_stream. */
void host_boot_input(struct host_boot *boot, int stream, const char *bytes, size_t length);
void host_boot_end(struct host_boot *boot, int status);
/* Frees it, and makes it what it was before it was opened. */
void host_boot_reset(struct host_boot *boot);
void host_boot_free(struct host_boot *boot);

#endif
