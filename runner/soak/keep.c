/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/common/text.h"
#include "runner/common/whole_file.h"

static const char *const suffixes[] = {"log", "json"};
#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

/* A result names its log. */
static bool write_result(const char *base, json_t *result)
{
	char *path = text_format("%s.json", base), *text;
	bool written;

	json_object_set_new(result, "log", text_json_format("%s.log", base));
	text = json_dumps(result, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	written = whole_file_write(path, text);
	free(text);
	free(path);
	return written;
}

bool keep_run(const char *work, const char *folder, const char *configuration, long repetition,
	      json_t *result)
{
	char *home = text_format("%s/%s", folder, configuration);
	char *base = text_format("%s/%ld", home, repetition);
	char *from = text_format("%s/%s.log", work, configuration), *to = text_format("%s.log", base);
	bool kept = (!mkdir(home, 0777) || errno == EEXIST) && (!rename(from, to) || errno == ENOENT) &&
		    (!result || write_result(base, result));
	int error = errno;

	keep_nothing(work, configuration);
	free(home);
	free(base);
	free(from);
	free(to);
	errno = error;
	return kept;
}

void keep_nothing(const char *work, const char *configuration)
{
	for (size_t i = 0; i < SUFFIXES; i++) {
		char *path = text_format("%s/%s.%s", work, configuration, suffixes[i]);

		unlink(path);
		free(path);
	}
}
