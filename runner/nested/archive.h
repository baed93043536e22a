/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A strict reader of tar archives, for those that a nested host sends. The host may be hostile: its kernel is what
 * is tested. Regular files and folders with short relative names are accepted; the first thing that is anything
 * else ends the archive. Format: POSIX.1-2017, pax, "ustar Interchange Format", with the magic of POSIX or of GNU.
 */
#ifndef RUNNER_NESTED_ARCHIVE_H
#define RUNNER_NESTED_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define ARCHIVE_NAME_MAX 100

enum archive_kind {
	ARCHIVE_FILE,
	ARCHIVE_FOLDER,
	ARCHIVE_END, /* of the input, between two entries */
	ARCHIVE_CUT_SHORT, /* the input ends within an entry, or cannot be read */
	ARCHIVE_REFUSED, /* struct archive_entry.why says what is wrong; there is no way on */
};

struct archive_entry {
	/* Components are separated by one '/' each and are neither "." nor "..". "" is the archive's own folder. */
	char name[ARCHIVE_NAME_MAX + 1];
	uint64_t size; /* of a file, in bytes; less than 8 GiB */
	const char *why;
};

/*
 * Reads the header of the next entry. Blocks of zeros, which end an archive, are skipped: archives may follow each
 * other. What archive_read() has left of the entry before must be nothing.
 */
enum archive_kind archive_next(FILE *stream, struct archive_entry *entry);
/*
 * The next bytes of an entry's data, of which @left are still to come, into @bytes. Returns how many: @max, a multiple
 * of 512, or all that are left, and then the padding behind them is read as well. 0: the input ends before that.
 */
size_t archive_read(FILE *stream, void *bytes, size_t max, uint64_t left);

#endif
