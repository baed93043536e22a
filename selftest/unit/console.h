/* SPDX-License-Identifier: BSD-2-Clause */
/* A console that remembers: arch_console_write() for tests of what is written. */
#ifndef SELFTEST_UNIT_CONSOLE_H
#define SELFTEST_UNIT_CONSOLE_H

/* Everything written since the last console_clear(). */
const char *console_text(void);
void console_clear(void);

/* How many calls of arch_console_write() it came in. */
unsigned int console_writes(void);

#endif
