/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/alloc.h"

#include <err.h>
#include <stdlib.h>

#include "runner/common/exit_status.h"

void alloc_failed(void)
{
	err(STATUS_CANNOT_RUN, "out of memory");
}

void *alloc_bytes(size_t size)
{
	void *memory = malloc(size ? size : 1);

	if (!memory)
		alloc_failed();
	return memory;
}

void *alloc_grow(void *array, size_t count, size_t size)
{
	/* It doubles whenever it is full: at the powers of two. */
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * count : 1) * size);
	if (!array)
		alloc_failed();
	return array;
}

FILE *alloc_stream(char **text, size_t *size)
{
	FILE *stream = open_memstream(text, size);

	if (!stream)
		alloc_failed();
	return stream;
}
