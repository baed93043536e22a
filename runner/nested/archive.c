/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/nested/archive.h"

#include <string.h>

#define BLOCK 512

struct header {
	char name[ARCHIVE_NAME_MAX];
	char mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
	char type;
	char link[100];
	char magic[6], version[2];
	char user[32], group[32], device_major[8], device_minor[8];
	char prefix[155];
	char unused[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "POSIX.1-2017, pax, \"ustar Header Block\"");

/* An octal number, ended by NUL or blank. GNU's binary numbers, with the first bit set, are refused like any text. */
static bool parse_octal(const char *field, size_t size, uint64_t *value)
{
	size_t digits = 0;

	*value = 0;
	while (digits < size && field[digits] >= '0' && field[digits] <= '7')
		*value = *value * 8 + (uint64_t)(field[digits++] - '0');
	return digits && digits < size && (!field[digits] || field[digits] == ' ');
}

/* The sum of the header's bytes, with blanks for the checksum's own. */
static bool checksum_ok(const struct header *h)
{
	const unsigned char *bytes = (const void *)h;
	uint64_t said, sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i - offsetof(struct header, checksum) < sizeof(h->checksum) ? ' ' : bytes[i];
	return parse_octal(h->checksum, sizeof(h->checksum), &said) && said == sum;
}

static bool is_zero(const struct header *h)
{
	static const struct header zero;

	return !memcmp(h, &zero, BLOCK);
}

/* "./a//b/" becomes "a/b". Returns what is wrong with the name, or NULL. */
static const char *take_name(char *out, const char *field)
{
	const char *end = field + strnlen(field, ARCHIVE_NAME_MAX);
	char *start = out;

	if (field == end)
		return "an entry without a name";
	if (*field == '/')
		return "an absolute name";
	for (const char *at = field; at < end;) {
		const char *slash = memchr(at, '/', (size_t)(end - at));
		size_t length = (size_t)((slash ? slash : end) - at);

		for (size_t i = 0; i < length; i++)
			if (at[i] < ' ' || at[i] > '~')
				return "a name with odd characters";
		if (length == 2 && at[0] == '.' && at[1] == '.')
			return "a name with \"..\"";
		if (length > 1 || (length && *at != '.')) {
			if (out != start)
				*out++ = '/';
			memcpy(out, at, length);
			out += length;
		}
		at += length + !!slash;
	}
	*out = '\0';
	return NULL;
}

static const char *refused_type(char type)
{
	switch (type) {
	case '1':
		return "a hard link";
	case '2':
		return "a symbolic link";
	case '3':
	case '4':
		return "a device node";
	case '6':
		return "a FIFO";
	case 'L':
	case 'x':
	case 'g':
		return "a name longer than 100 bytes, or other extensions";
	default:
		return "an entry of an unknown type";
	}
}

static enum archive_kind refuse(struct archive_entry *entry, const char *why)
{
	entry->why = why;
	return ARCHIVE_REFUSED;
}

enum archive_kind archive_next(FILE *stream, struct archive_entry *entry)
{
	struct header h;
	size_t got;

	*entry = (struct archive_entry){0};
	do {
		got = fread(&h, 1, BLOCK, stream);
		if (!got && !ferror(stream))
			return ARCHIVE_END;
		if (got < BLOCK)
			return ARCHIVE_CUT_SHORT;
	} while (is_zero(&h));

	if ((memcmp(h.magic, "ustar\0", 6) && memcmp(h.magic, "ustar ", 6)) || !checksum_ok(&h))
		return refuse(entry, "no header of an entry where one is due");
	entry->why = take_name(entry->name, h.name);
	if (entry->why)
		return ARCHIVE_REFUSED;
	if (h.type != '0' && h.type && h.type != '5')
		return refuse(entry, refused_type(h.type));
	if (*h.prefix)
		return refuse(entry, "a name longer than 100 bytes");
	if (!parse_octal(h.size, sizeof(h.size), &entry->size))
		return refuse(entry, "a size that is no octal number");
	if (h.type == '5')
		return entry->size ? refuse(entry, "a folder with data") : ARCHIVE_FOLDER;
	return *entry->name ? ARCHIVE_FILE : refuse(entry, "a file without a name");
}

size_t archive_read(FILE *stream, void *bytes, size_t max, uint64_t left)
{
	char padding[BLOCK];
	size_t want = left < max ? (size_t)left : max, rest;

	if (fread(bytes, 1, want, stream) < want)
		return 0;
	rest = left == want ? (BLOCK - (size_t)(left % BLOCK)) % BLOCK : 0;
	return fread(padding, 1, rest, stream) < rest ? 0 : want;
}
