/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's side of the channel's grammar (docs/channel.md): requests are written, answers are read. */
#ifndef LIB_CHANNEL_LINES_H
#define LIB_CHANNEL_LINES_H

#include "lib/channel.h"
#include "lib/types.h"

struct channel_answer {
	enum channel_status status;
	char rest[CHANNEL_LINE_SIZE]; /* what follows the status, or "" */
};

/* One request with its newline into line[CHANNEL_LINE_SIZE]; arguments has as many as the verb takes. Returns its length. */
size_t channel_request(char *line, u64 number, enum channel_verb verb, const u64 *arguments);

/*
 * Is the line, without its newline, the answer to the request of this number? Others are of requests that nothing waits
 * for any more, or no answers at all.
 */
bool channel_answer_read(const char *line, u64 number, struct channel_answer *answer);

/* The value of KEY=NUMBER in an answer. False: it has none. */
bool channel_answer_value(const struct channel_answer *answer, const char *key, u64 *value);

/* The first word of what follows the status, into word[size]; "" if there is none. */
void channel_answer_word(const struct channel_answer *answer, char *word, size_t size);

#endif
