/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/join_names.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

/* How many of them stand there; the rest is counted. */
#define NAMES_SHOWN 3
#define LINE_WIDTH  110

char *join_names(const json_t *names)
{
	size_t count = json_array_size(names), shown = count > NAMES_SHOWN + 1 ? NAMES_SHOWN : count;
	char *text = text_format("%s", json_string_value(json_array_get(names, 0))), *longer;

	for (size_t i = 1; i < shown; i++) {
		longer = text_format("%s, %s", text, json_string_value(json_array_get(names, i)));
		free(text);
		text = longer;
	}
	if (shown == count)
		return text;
	longer = text_format("%s and %zu more", text, count - shown);
	free(text);
	return longer;
}

void wrapped_list_print(struct wrapped_list *lines, const char *item)
{
	int length = (int)strlen(item);

	if (!lines->column || lines->column + 1 + length > LINE_WIDTH)
		lines->column =
			fprintf(lines->out, "%s%*s%s", lines->column ? "\n" : "", lines->indent, "", item);
	else
		lines->column += fprintf(lines->out, " %s", item);
}
