/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw log of one run: COM1 byte by byte, and QEMU's own messages on lines of their own, marked
 * "qemu: ".
 */
#ifndef RUNNER_RUN_LOG_H
#define RUNNER_RUN_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/common/lines.h"

/* Gets each line of the log, without its newline and fit for a terminal. */
typedef void log_echo(void *context, const char *line);

struct log {
	int fd; /* -1: no log was asked for */
	log_echo *echo; /* or NULL */
	void *context;
	struct lines echoed;
	int error; /* errno of the first write that failed; nothing is written after it */
	size_t bytes; /* of all that was to be logged, whether a file was asked for or not */
	bool mid_line; /* COM1 left a line open: others wait until it is complete */
	char *waiting; /* those others */
	bool waiting_full; /* further ones are dropped */
	char *qemu_text; /* all whole lines that QEMU printed, up to a bound */
	size_t qemu_text_length;
	char *qemu_last; /* the last of them, or NULL */
	char *qemu_part; /* and the beginning of its next one */
};

/* False, with errno: the file cannot be made. @path may be NULL. */
bool log_open(struct log *l, const char *path, log_echo *echo, void *context);
void log_com1(struct log *l, const char *bytes, size_t length);
void log_qemu(struct log *l, const char *bytes, size_t length);
void log_remark(struct log *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_close(struct log *l);

#endif
