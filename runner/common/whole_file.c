/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/whole_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runner/common/text.h"

bool whole_file_write(const char *path, const char *text)
{
	char *part = text_format("%s.part", path);
	FILE *file = fopen(part, "we");
	bool written = file && fputs(text, file) >= 0;
	int error = errno;

	if (file && fclose(file) && written) {
		written = false;
		error = errno;
	}
	if (written && rename(part, path)) {
		written = false;
		error = errno;
	}
	if (!written && file)
		unlink(part);
	free(part);
	errno = error;
	return written;
}
