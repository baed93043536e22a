/* SPDX-License-Identifier: BSD-2-Clause */
/* printf-style formatting into a buffer: %d %u %x %c %s %p %%, with #, 0, -, width, .precision (%s), l, ll, z. */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>

#include "lib/types.h"

/*
 * Format into buf like snprintf(): at most size bytes including the final NUL, which is always there
 * when size > 0. Returns the length that the whole text has, which may be more than fits.
 */
size_t format(char *buf, size_t size, const char *fmt, ...) PRINTF(3, 4);
size_t format_va(char *buf, size_t size, const char *fmt, va_list args) PRINTF(3, 0);

#endif
