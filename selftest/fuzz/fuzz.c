/* SPDX-License-Identifier: BSD-2-Clause */
#include "selftest/fuzz/fuzz.h"

#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[200];

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	if (at->level && remove(path))
		err(2, "%s", path);
	return 0;
}

void fuzz_empty(void)
{
	nftw(fuzz_folder(), remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void remove_folder(void)
{
	fuzz_empty();
	rmdir(folder);
}

const char *fuzz_folder(void)
{
	static bool made;

	if (!made) {
		const char *parent = getenv("TMPDIR");

		snprintf(folder, sizeof(folder), "%s/kvm-pv-tests-fuzz.XXXXXX", parent ? parent : "/dev/shm");
		if (!mkdtemp(folder))
			err(2, "%s", folder);
		made = true;
		atexit(remove_folder);
	}
	return folder;
}

void fuzz_write(const char *name, const uint8_t *data, size_t size)
{
	char path[sizeof(folder) + 100];
	int file;

	snprintf(path, sizeof(path), "%s/%s", fuzz_folder(), name);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file < 0 || write(file, data, size) != (ssize_t)size)
		err(2, "%s", path);
	close(file);
}

void fuzz_silence(void)
{
	if (!freopen("/dev/null", "w", stdout))
		err(2, "/dev/null");
}

char *fuzz_string(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		err(2, "out of memory");
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}
