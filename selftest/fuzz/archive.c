/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runner/nested: archives from a nested host. Whatever they say, regular files and folders of our own come of it, below
 * one folder.
 */
#include "selftest/fuzz/fuzz.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/nested/unpack.h"

#define BLOCK 512

static const struct unpack_limits limits = {.bytes = 1 << 16, .entries = 20};
static uint64_t bytes, entries;

static int look_at(const char *path, const struct stat *status, int type, struct FTW *at)
{
	const char *name = path + at->base;

	(void)type;
	/* The folder that holds the one for the archive has nothing else. */
	FUZZ_CHECK(at->level != 1 || !strcmp(name, "in"));
	if (at->level < 2)
		return 0;
	FUZZ_CHECK(S_ISREG(status->st_mode) || S_ISDIR(status->st_mode));
	FUZZ_CHECK((status->st_mode & ~(mode_t)S_IFMT) == (S_ISDIR(status->st_mode) ? 0755 : 0644));
	for (const char *c = name; *c; c++)
		FUZZ_CHECK(*c >= ' ' && *c <= '~');
	FUZZ_CHECK(at->level > 2 || (strcmp(name, "host.log") && strcmp(name, "host.jsonl") &&
				     strcmp(name, "kernel.log") && strncmp(name, ".nested-unpack", 14)));
	bytes += S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0;
	entries++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *stream = size ? fmemopen((void *)data, size, "r") : NULL;
	enum unpack_status status;
	struct stat before, after;
	int parent, folder;
	char *why;

	if (!stream)
		return 0;
	umask(022);
	parent = open(fuzz_folder(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mkdirat(parent, "in", 0755);
	folder = openat(parent, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fstat(folder, &before);
	status = unpack(stream, folder, &limits, &why);
	FUZZ_CHECK(!!why == (status == UNPACK_CUT_SHORT || status == UNPACK_REFUSED));
	FUZZ_CHECK(status != UNPACK_FAILED);
	fstat(folder, &after);
	FUZZ_CHECK(before.st_mode == after.st_mode);
	bytes = entries = 0;
	nftw(fuzz_folder(), look_at, 8, FTW_PHYS);
	FUZZ_CHECK(bytes <= limits.bytes && entries <= limits.entries);
	fuzz_empty();
	free(why);
	close(folder);
	close(parent);
	fclose(stream);
	return 0;
}

/* Few changes would pass the header's checksum by luck. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	(void)seed;
	size = LLVMFuzzerMutate(data, size, max);
	for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
		unsigned int sum = 8 * ' ';
		char digits[8];

		if (memcmp(data + at + 257, "ustar", 5))
			continue;
		for (size_t i = 0; i < BLOCK; i++)
			sum += i >= 148 && i < 156 ? 0 : data[at + i];
		snprintf(digits, sizeof(digits), "%06o", sum);
		memcpy(data + at + 148, digits, sizeof(digits));
	}
	return size;
}
