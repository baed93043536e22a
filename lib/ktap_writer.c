/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/ktap_writer.h"

#include <stdarg.h>

#include "lib/arch.h"
#include "lib/format.h"

static const char *indent = "";

/* A line is composed first and written at once, so that lines of several CPUs do not mix. */
PRINTF(2, 0) static void write_line_va(const char *prefix, const char *fmt, va_list args)
{
	char line[KTAP_LINE_SIZE];
	size_t length;

	length = format(line, sizeof(line), "%s%s", indent, prefix);
	length += format_va(line + length, sizeof(line) - length, fmt, args);
	length = MIN(length, sizeof(line) - 1);
	for (size_t i = 0; i < length; i++)
		if (line[i] < ' ' || line[i] > '~')
			line[i] = '?'; /* a newline in a value must not begin a line */
	line[length++] = '\n';
	arch_console_write(line, length);
}

PRINTF(2, 3) static void write_line(const char *prefix, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line_va(prefix, fmt, args);
	va_end(args);
}

void ktap_begin(unsigned int plan, const char *skip_all)
{
	write_line("", "KTAP version 1");
	if (skip_all)
		write_line("", "1..%u # SKIP %s", plan, skip_all);
	else
		write_line("", "1..%u", plan);
}

void ktap_subtest_begin(const char *name, unsigned int plan)
{
	indent = "  ";
	write_line("", "KTAP version 1");
	write_line("", "# Subtest: %s", name);
	write_line("", "1..%u", plan);
}

void ktap_subtest_end(void)
{
	indent = "";
}

void ktap_result(unsigned int number, const char *name, enum verdict verdict, const char *reason)
{
	static const char *const directive[] = {
		[VERDICT_PASS] = "",	[VERDICT_SKIP] = " # SKIP ", [VERDICT_ERROR] = " # ERROR ",
		[VERDICT_TIMEOUT] = "", [VERDICT_FAIL] = "",
	};
	bool ok = verdict == VERDICT_PASS || verdict == VERDICT_SKIP;

	if (!*directive[verdict])
		reason = "";
	write_line("", "%s %u %s%s%s", ok ? "ok" : "not ok", number, name, directive[verdict],
		   reason ? reason : "");
}

void ktap_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line_va("# ", fmt, args);
	va_end(args);
}
