/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fuzz targets share. Each is a program for libFuzzer: "make fuzz" builds and runs all of them. */
#ifndef SELFTEST_FUZZ_FUZZ_H
#define SELFTEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* libFuzzer calls these: the target, and (optional) what changes an input of @size bytes, of which @max are there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
/* libFuzzer's own changes, for the latter. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* What must hold for every input. A target that breaks it is ended, like one with a memory error. */
#define FUZZ_CHECK(condition)                                                                   \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			__builtin_trap();                                                       \
		}                                                                               \
	} while (0)

/* A folder in memory for this process alone, which is removed at its end. */
const char *fuzz_folder(void);
/* The bytes as the file @name in that folder. */
void fuzz_write(const char *name, const uint8_t *data, size_t size);
/* Removes everything in that folder. */
void fuzz_empty(void);
/* From here on, what is printed goes nowhere; libFuzzer's own messages go to stderr. */
void fuzz_silence(void);
/* The bytes with a 0 behind them; the caller frees them. Reading beyond that is found by the sanitizer. */
char *fuzz_string(const uint8_t *data, size_t size);

#endif
