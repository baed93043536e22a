/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/text.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"

char *text_vformat(const char *fmt, va_list args)
{
	char *text;

	if (vasprintf(&text, fmt, args) < 0)
		err(STATUS_CANNOT_RUN, "out of memory");
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

char *text_copy(const char *text, size_t length)
{
	size_t size = strnlen(text, length);
	char *copy = alloc_bytes(size + 1);

	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

int text_index(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return (int)i;
	return -1;
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

json_t *text_json_or_null(const char *text)
{
	return text && *text ? text_json(text) : json_null();
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
