/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's verbs and statuses as words, for the one file at each end that reads and writes lines. */
#ifndef LIB_CHANNEL_WORDS_H
#define LIB_CHANNEL_WORDS_H

#include "lib/channel.h"

static const struct {
	const char *word;
	unsigned int arguments;
} channel_verbs[] = {
#define VERB_ROW(name, word, arguments) [CHANNEL_##name] = {word, arguments},
	CHANNEL_VERBS(VERB_ROW)
#undef VERB_ROW
};

static const char *const channel_statuses[] = {
#define STATUS_ROW(name, word) [CHANNEL_IS_##name] = word,
	CHANNEL_STATUSES(STATUS_ROW)
#undef STATUS_ROW
};

#endif
