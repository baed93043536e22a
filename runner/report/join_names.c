/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/join_names.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

#define NAMES_SHOWN 3
#define LINE_WIDTH  110

char *join_first_names(const json_t *names, size_t shown)
{
	size_t count = json_array_size(names);
	char *text = text_format("%s", count ? json_string_value(json_array_get(names, 0)) : ""), *longer;

	for (size_t i = 1; i < shown && i < count; i++) {
		longer = text_format("%s, %s", text, json_string_value(json_array_get(names, i)));
		free(text);
		text = longer;
	}
	if (shown >= count)
		return text;
	longer = text_format("%s and %zu more", text, count - shown);
	free(text);
	return longer;
}

char *join_names(const json_t *names)
{
	size_t count = json_array_size(names);

	return join_first_names(names, count > NAMES_SHOWN + 1 ? NAMES_SHOWN : count);
}

void wrapped_list_print(struct wrapped_list *lines, const char *item)
{
	int length = (int)strlen(item);

	if (lines->column && lines->column + 1 + length <= LINE_WIDTH) {
		lines->column += text_print(lines->out, " %s", item);
		return;
	}
	if (lines->column)
		fputc('\n', lines->out);
	lines->column = text_print(lines->out, "%*s%s", lines->indent, "", item);
}
