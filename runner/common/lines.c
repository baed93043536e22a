/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/lines.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"

void lines_init(struct lines *l, size_t limit)
{
	*l = (struct lines){.limit = limit, .bytes = alloc_bytes(limit + 1)};
}

static void append(struct lines *l, const char *bytes, size_t length)
{
	size_t room = l->length < l->limit ? l->limit - l->length : 0;

	if (room)
		memcpy(l->bytes + l->length, bytes, length < room ? length : room);
	l->length += length;
}

static void hand_on(struct lines *l, lines_handler *handler, void *context)
{
	size_t length = l->length < l->limit ? l->length : l->limit;

	l->bytes[length] = '\0';
	l->length = 0;
	handler(context, l->bytes, length);
}

void lines_feed(struct lines *l, const char *bytes, size_t length, lines_handler *handler, void *context)
{
	while (length) {
		const char *end = memchr(bytes, '\n', length);
		size_t part = end ? (size_t)(end - bytes) : length;

		append(l, bytes, part);
		if (!end)
			break;
		hand_on(l, handler, context);
		bytes += part + 1;
		length -= part + 1;
	}
}

void lines_finish(struct lines *l, lines_handler *handler, void *context)
{
	if (l->length)
		hand_on(l, handler, context);
}

void lines_free(struct lines *l)
{
	free(l->bytes);
	l->bytes = NULL;
}
