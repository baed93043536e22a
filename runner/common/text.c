/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/text.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"

char *text_vformat(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		err(2, "out of memory");
	return text;
}

char *text_format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	return text;
}

char *text_printable(const char *bytes, size_t length)
{
	char *text = alloc_bytes(4 * length + 1);
	char *out = text;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		if ((byte >= ' ' && byte < 0x7f) || byte == '\t')
			*out++ = (char)byte;
		else
			out += sprintf(out, "\\x%02x", byte);
	}
	*out = '\0';
	return text;
}

json_t *text_json(const char *text)
{
	json_t *string = json_string(text);

	if (!string) {
		char *printable = text_printable(text, strlen(text));

		string = json_string(printable);
		free(printable);
	}
	return string;
}

json_t *text_json_format(const char *fmt, ...)
{
	va_list args;
	char *text;
	json_t *string;

	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	string = text_json(text);
	free(text);
	return string;
}
