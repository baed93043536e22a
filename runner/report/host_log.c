/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/host_log.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

/* What the emulator does to a host is no complaint of that host. */
static bool is_note(const char *line)
{
	static const char again[] = "; booting it again";
	size_t length = strlen(line);

	return strstr(line, ": note: ") ||
	       (length >= strlen(again) && !strcmp(line + length - strlen(again), again));
}

static void read_log(const char *path, json_t *complaints)
{
	static const char prefix[] = "nested-host: ";
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!strncmp(line, prefix, strlen(prefix)) && !is_note(line))
			json_array_append_new(complaints, text_json(line + strlen(prefix)));
	}
	if (file)
		fclose(file);
	free(line);
}

json_t *host_log_complaints(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *pattern = text_format("%.*shost*.log", slash ? (int)(slash - path + 1) : 0, path);
	json_t *complaints = json_array();
	glob_t logs;

	if (!glob(pattern, 0, NULL, &logs)) {
		for (size_t i = 0; i < logs.gl_pathc; i++)
			read_log(logs.gl_pathv[i], complaints);
		globfree(&logs);
	}
	free(pattern);
	return complaints;
}
