/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/verdict.h"

#include "runner/common/text.h"

static const char *const words[] = {
#define WORD(name, word) [VERDICT_##name] = (word),
	VERDICTS(WORD)
#undef WORD
};

const char *verdict_name(enum verdict verdict)
{
	return words[verdict];
}

bool verdict_parse(const char *word, enum verdict *verdict)
{
	int index = text_index(words, sizeof(words) / sizeof(words[0]), word);

	if (index >= 0)
		*verdict = (enum verdict)index;
	return index >= 0;
}
