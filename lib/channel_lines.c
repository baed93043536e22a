/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/channel_lines.h"

#include "lib/channel_words.h"
#include "lib/cmdline.h"
#include "lib/format.h"
#include "lib/string.h"

size_t channel_request(char *line, u64 number, enum channel_verb verb, const u64 *arguments)
{
	size_t length = format(line, CHANNEL_LINE_SIZE, "%lu %s", number, channel_verbs[verb].word);

	for (unsigned int i = 0; i < channel_verbs[verb].arguments; i++)
		length += format(line + length, CHANNEL_LINE_SIZE - length, " %lu", arguments[i]);
	return length + format(line + length, CHANNEL_LINE_SIZE - length, "\n");
}

static size_t word_length(const char *text)
{
	size_t length = 0;

	while (text[length] && text[length] != ' ')
		length++;
	return length;
}

/* The word that text begins with, into word[size]; returns what follows. A longer word is cut. */
static const char *take_word(const char *text, char *word, size_t size)
{
	size_t length = word_length(text), kept = MIN(length, size - 1);

	memcpy(word, text, kept);
	word[kept] = '\0';
	return text + length + (text[length] == ' ');
}

bool channel_answer_read(const char *line, u64 number, struct channel_answer *answer)
{
	char word[CHANNEL_LINE_SIZE];
	u64 answered;

	line = take_word(line, word, sizeof(word));
	if (!string_to_u64(word, &answered) || answered != number)
		return false;
	line = take_word(line, word, sizeof(word));
	format(answer->rest, sizeof(answer->rest), "%s", line);
	for (unsigned int i = 0; i < CHANNEL_STATUS_COUNT; i++) {
		if (strcmp(word, channel_statuses[i]))
			continue;
		answer->status = (enum channel_status)i;
		return true;
	}
	return false;
}

bool channel_answer_value(const struct channel_answer *answer, const char *key, u64 *value)
{
	char copy[sizeof(answer->rest)], *rest = copy, *found, *text;

	memcpy(copy, answer->rest, sizeof(copy));
	while ((found = cmdline_next(&rest, &text)))
		if (!strcmp(found, key))
			return text && string_to_u64(text, value);
	return false;
}

void channel_answer_word(const struct channel_answer *answer, char *word, size_t size)
{
	take_word(answer->rest, word, size);
}
