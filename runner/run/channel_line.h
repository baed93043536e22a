/* SPDX-License-Identifier: BSD-2-Clause */
/* The runner's side of the channel's grammar (docs/channel.md): requests are read, whatever a guest sends. */
#ifndef RUNNER_RUN_CHANNEL_LINE_H
#define RUNNER_RUN_CHANNEL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/channel.h"

struct channel_request {
	uint64_t number; /* 0: the line has none */
	enum channel_verb verb;
	uint64_t arguments[CHANNEL_ARGUMENTS_MAX];
};

/*
 * Read a line without its newline. Returns whether it is a request; if not, @status and @why are the answer's:
 * CHANNEL_IS_UNSUPPORTED for a verb that is not known, CHANNEL_IS_BAD for all else.
 */
bool channel_request_read(const char *line, size_t length, struct channel_request *request,
			  enum channel_status *status, const char **why);

const char *channel_status_word(enum channel_status status);

#endif
