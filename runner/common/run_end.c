/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/run_end.h"

#include "runner/common/text.h"

static const char *const words[] = {
#define WORD(name, word) [RUN_END_##name] = (word),
	RUN_ENDS(WORD)
#undef WORD
};

const char *run_end_name(enum run_end end)
{
	return words[end];
}

bool run_end_parse(const char *word, enum run_end *end)
{
	int index = text_index(words, sizeof(words) / sizeof(words[0]), word);

	if (index >= 0)
		*end = (enum run_end)index;
	return index >= 0;
}
