/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines out of bytes that come in pieces from a pipe. */
#ifndef RUNNER_COMMON_LINES_H
#define RUNNER_COMMON_LINES_H

#include <stddef.h>

/* @line ends with a NUL in place of its newline and may contain others; @length counts neither. */
typedef void lines_handler(void *context, const char *line, size_t length);

struct lines {
	size_t limit; /* bytes in a line; longer ones are cut there */
	char *bytes; /* the beginning of the next line */
	size_t length; /* of that line so far, with what was cut off */
};

void lines_init(struct lines *l, size_t limit);
void lines_feed(struct lines *l, const char *bytes, size_t length, lines_handler *handler, void *context);
/* Hands on a last line without a newline, if there is one. */
void lines_finish(struct lines *l, lines_handler *handler, void *context);
void lines_free(struct lines *l);

#endif
