/* SPDX-License-Identifier: BSD-2-Clause */
#include "selftest/unit/unit.h"

#include "selftest/unit/console.h"

#include <string.h>

#include "lib/arch.h"

static char text[20000];
static size_t length;
static unsigned int writes;

void arch_console_write(const char *bytes, size_t count)
{
	assert_true(length + count < sizeof(text));
	memcpy(text + length, bytes, count);
	length += count;
	text[length] = '\0';
	writes++;
}

const char *console_text(void)
{
	return text;
}

unsigned int console_writes(void)
{
	return writes;
}

void console_clear(void)
{
	length = 0;
	writes = 0;
	text[0] = '\0';
}
