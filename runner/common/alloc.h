/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that cannot run out: where there is none left, the program ends with exit status 2 and one line. */
#ifndef RUNNER_COMMON_ALLOC_H
#define RUNNER_COMMON_ALLOC_H

#include <stddef.h>
#include <stdio.h>

/* Ends the program. */
_Noreturn void alloc_failed(void);

/* @size bytes, which may be 0. The caller frees them. */
void *alloc_bytes(size_t size);
/* @array, which has @count elements of @size bytes, with room for one more. The result replaces @array. */
void *alloc_grow(void *array, size_t count, size_t size);
/* Open for writing: fclose() leaves what was written in *@text, which the caller frees. */
FILE *alloc_stream(char **text, size_t *size);

#endif
