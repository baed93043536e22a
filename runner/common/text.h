/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text. What a guest, QEMU, a file or the command line says can hold anything: it becomes JSON by text_json(), and
 * reaches a terminal or a KTAP stream by text_print() alone.
 */
#ifndef RUNNER_COMMON_TEXT_H
#define RUNNER_COMMON_TEXT_H

#include <jansson.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* The caller frees what these return. */
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *text_vformat(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
/* The first @length bytes of @text, or all of it if that is shorter. */
char *text_copy(const char *text, size_t length);
/* @bytes, in which everything but printable ASCII and tabs is spelled \xNN. */
char *text_printable(const char *bytes, size_t length);

/*
 * Like fprintf(), but strings are made printable: none can start a line of its own, control a terminal, or give a command
 * to a CI system that reads the log. Knows %s with "-", width and precision, and %d, %u, %x, %c, %f of the sizes l, ll and
 * z. NULL is an empty string. Returns the number of bytes.
 */
int text_print(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The place of @word among @words, or -1. */
int text_index(const char *const *words, size_t count, const char *word);

/* JSON strings are UTF-8. What is not gets its odd bytes spelled \xNN. */
json_t *text_json(const char *text);
/* The same; null for NULL and for an empty string. */
json_t *text_json_or_null(const char *text);
json_t *text_json_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
