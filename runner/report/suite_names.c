/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/suite_names.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"
#include "runner/report/join_names.h"

/* SUITE of "SUITE.TEST", in characters. What foreign results call a test need not have a dot. */
static int suite_length(const char *test)
{
	return (int)strcspn(test, ".");
}

static const char *test_in_suite(const char *test)
{
	const char *dot = strchr(test, '.');

	return dot ? dot + 1 : test;
}

static void print_item(struct wrapped_list *lines, const char *item, const char *end)
{
	char *text = text_format("%s%s", item, end);

	wrapped_list_print(lines, text);
	free(text);
}

void suite_names_print(const char *const *names, size_t count, size_t most, FILE *out)
{
	size_t end;

	for (size_t i = 0; i < count; i = end) {
		struct wrapped_list lines = {.out = out, .indent = 6};
		int suite = suite_length(names[i]);
		char *text;

		for (end = i; end < count && !strncmp(names[i], names[end], (size_t)suite + 1);)
			end++;
		if (count > most)
			text = text_format("%.*s: %zu", suite, names[i], end - i);
		else
			text = text_format("%.*s:", suite, names[i]);
		wrapped_list_print(&lines, text);
		free(text);
		for (size_t j = i; j < end && count <= most; j++)
			print_item(&lines, test_in_suite(names[j]), j + 1 == end ? "" : ",");
		fputc('\n', out);
	}
}
