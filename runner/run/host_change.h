/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the host, in /sys, that a run changes while its VM lives. A process of its own writes them: it notices the end of
 * this one, whatever its cause, and then puts back what was there before. If that process is killed itself, this one does.
 */
#ifndef RUNNER_RUN_HOST_CHANGE_H
#define RUNNER_RUN_HOST_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HOST_CHANGE_FILES_MAX 8

struct host_change_file {
	char path[128];
	char value[64];
};

struct host_change {
	int fd; /* readable when a write has ended; -1: no process was started */
	pid_t pid;
	struct host_change_file
		before[HOST_CHANGE_FILES_MAX]; /* what the files had, in the order of their first writes */
	size_t count;
};

/* What came of a write: errno, or 0; and how long it took. */
struct host_change_outcome {
	int error;
	int64_t took_us;
};

void host_change_init(struct host_change *h);
/* Has @value written to @path, and does not wait. False, with errno: that cannot be done. */
bool host_change_write(struct host_change *h, const char *path, const char *value);
/* To be called when @h->fd is readable. */
void host_change_outcome(struct host_change *h, struct host_change_outcome *outcome);
/* Puts back what was changed. Returns after that, or after 10 s. */
void host_change_end(struct host_change *h);

/* The first line of a file, without its end, in @text of @size bytes; "" if it cannot be read. */
void host_change_read(const char *path, char *text, size_t size);

#endif
