/* SPDX-License-Identifier: BSD-2-Clause */
/* The string functions that the compiler or this project needs. The mem*() ones are the processor's: x86/cpu/memory.c. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);

size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

/* Parse all of text as an unsigned number, decimal or 0x-hexadecimal. False when it is none or exceeds 64 bits. */
bool string_to_u64(const char *text, u64 *value);

/* Does name match one of the comma-separated patterns, in which '*' is any run of characters, '?' any one? */
bool string_glob(const char *patterns, const char *name);

#endif
