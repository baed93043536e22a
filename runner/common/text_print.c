/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"

/* A number in a format, or "*" for one among the arguments. */
static int take_number(const char **fmt, va_list *args)
{
	char *end;
	int number;

	if (**fmt == '*') {
		++*fmt;
		return va_arg(*args, int);
	}
	number = (int)strtol(*fmt, &end, 10);
	*fmt = end;
	return number;
}

/*
 * CI systems read commands in the log of a job: GitHub "::command::" at the head of a line, behind blanks too, and
 * "##[command]" anywhere; Azure and TeamCity "##vso[command]" and "##teamcity[command]". In a copy of @text, which is
 * printable, none is left: the first character becomes \xNN.
 */
static char *without_commands(const char *text)
{
	char *copy = alloc_bytes(4 * strlen(text) + 1), *out = copy;
	const char *head = text + strspn(text, " \t");

	for (; *text; text++)
		if ((text == head && !strncmp(text, "::", 2)) || !strncmp(text, "##", 2))
			out += sprintf(out, "\\x%02x", (unsigned int)*text);
		else
			*out++ = *text;
	*out = '\0';
	return copy;
}

/* @fmt: behind "%", of a conversion that ends with 's'. */
static int print_string(FILE *out, const char *fmt, va_list *args)
{
	bool left = *fmt == '-';
	int width, precision = -1, printed;
	const char *text;
	char *printable, *harmless;

	fmt += left;
	width = take_number(&fmt, args);
	if (*fmt == '.') {
		fmt++;
		precision = take_number(&fmt, args);
	}
	text = va_arg(*args, const char *);
	if (!text)
		text = "";
	printable = text_printable(text, strnlen(text, precision < 0 ? SIZE_MAX : (size_t)precision));
	harmless = without_commands(printable);
	printed = fprintf(out, left ? "%-*s" : "%*s", width, harmless);
	free(printable);
	free(harmless);
	return printed;
}

/* @conversion: one for a number, "%5.1f" for example. */
static int print_number(FILE *out, const char *conversion, va_list *args)
{
	size_t length = strlen(conversion);
	char type = conversion[length - 1];

	if (type == 'f')
		return fprintf(out, conversion, va_arg(*args, double));
	if (strstr(conversion, "ll"))
		return fprintf(out, conversion, va_arg(*args, long long));
	if (strchr(conversion, 'l') || strchr(conversion, 'z'))
		return fprintf(out, conversion, va_arg(*args, long));
	return fprintf(out, conversion, va_arg(*args, int));
}

int text_print(FILE *out, const char *fmt, ...)
{
	int printed = 0;
	va_list args;

	va_start(args, fmt);
	while (*fmt) {
		size_t plain = strcspn(fmt, "%"), length;
		char conversion[16];

		printed += (int)fwrite(fmt, 1, plain, out);
		fmt += plain;
		if (!*fmt)
			break;
		length = 1 + strcspn(fmt + 1, "%scduxf") + 1;
		snprintf(conversion, sizeof(conversion), "%.*s", (int)length, fmt);
		if (fmt[length - 1] == '%')
			printed += fputc('%', out) == '%';
		else if (fmt[length - 1] == 's')
			printed += print_string(out, fmt + 1, &args);
		else
			printed += print_number(out, conversion, &args);
		fmt += length;
	}
	va_end(args);
	return printed;
}
