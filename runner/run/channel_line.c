/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/channel_line.h"

#include <string.h>

#include "lib/channel_words.h"

/* What of the line is still to be read. */
struct rest {
	const char *at, *end;
};

/* Decimal digits alone, up to 64 bits: strtoull() would take blanks, signs and larger numbers. */
static bool take_number(struct rest *rest, uint64_t *number)
{
	const char *start = rest->at;

	for (*number = 0; rest->at < rest->end && *rest->at >= '0' && *rest->at <= '9'; rest->at++)
		if (__builtin_mul_overflow(*number, 10u, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(*rest->at - '0'), number))
			return false;
	return rest->at > start;
}

/* Words are separated by one blank each. */
static bool take_blank(struct rest *rest)
{
	if (rest->at == rest->end || *rest->at != ' ')
		return false;
	rest->at++;
	return true;
}

static bool take_verb(struct rest *rest, enum channel_verb *verb)
{
	const char *blank = memchr(rest->at, ' ', (size_t)(rest->end - rest->at));
	size_t length = (size_t)((blank ? blank : rest->end) - rest->at);

	for (unsigned int i = 0; i < CHANNEL_VERB_COUNT; i++) {
		if (strlen(channel_verbs[i].word) != length ||
		    memcmp(rest->at, channel_verbs[i].word, length) != 0)
			continue;
		*verb = (enum channel_verb)i;
		rest->at += length;
		return true;
	}
	return false;
}

bool channel_request_read(const char *line, size_t length, struct channel_request *request,
			  enum channel_status *status, const char **why)
{
	struct rest rest = {line, line + length};

	*request = (struct channel_request){0};
	*status = CHANNEL_IS_BAD;
	*why = "the line is too long";
	if (length >= CHANNEL_LINE_SIZE)
		return false;
	*why = "the line does not begin with the request's number and a blank";
	if (!take_number(&rest, &request->number) || !take_blank(&rest)) {
		request->number = 0;
		return false;
	}
	if (!take_verb(&rest, &request->verb)) {
		*status = CHANNEL_IS_UNSUPPORTED;
		*why = "newer-runner";
		return false;
	}
	*why = "the verb takes other arguments";
	for (unsigned int i = 0; i < channel_verbs[request->verb].arguments; i++)
		if (!take_blank(&rest) || !take_number(&rest, &request->arguments[i]))
			return false;
	return rest.at == rest.end;
}

const char *channel_status_word(enum channel_status status)
{
	return channel_statuses[status];
}
