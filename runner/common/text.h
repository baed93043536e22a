/* SPDX-License-Identifier: BSD-2-Clause */
/* Text from elsewhere (a guest, QEMU, the command line) made fit for a report. */
#ifndef RUNNER_COMMON_TEXT_H
#define RUNNER_COMMON_TEXT_H

#include <jansson.h>
#include <stdarg.h>
#include <stddef.h>

/* The caller frees what these return. */
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *text_vformat(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
char *text_printable(const char *bytes, size_t length);

/* JSON strings are UTF-8. What is not gets its odd bytes spelled \xNN. */
json_t *text_json(const char *text);
json_t *text_json_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
