/* SPDX-License-Identifier: BSD-2-Clause */
#include "selftest/unit/unit.h"

#include "selftest/unit/console.h"

#include <string.h>

#include "lib/arch.h"

static char written[20000];
static size_t written_length;
static unsigned int writes;

void arch_console_write(const char *text, size_t length)
{
	assert_true(written_length + length < sizeof(written));
	memcpy(written + written_length, text, length);
	written_length += length;
	written[written_length] = '\0';
	writes++;
}

const char *console_text(void)
{
	return written;
}

unsigned int console_writes(void)
{
	return writes;
}

void console_clear(void)
{
	written_length = 0;
	writes = 0;
	written[0] = '\0';
}
