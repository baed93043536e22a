/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/host_events.h"

#include <glob.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* The kinds of events that are the host's fault. The others (note, delay, reboot) may be the emulator's. */
static bool is_complaint(const json_t *event)
{
	static const char *const kinds[] = {"complaint", "hung", "flood", "panicked", "died", "broken"};

	return !strcmp(result_string(event, "event"), "host") &&
	       text_index(kinds, sizeof(kinds) / sizeof(kinds[0]), result_string(event, "kind")) >= 0;
}

static void read_events(const char *path, json_t *complaints)
{
	json_t *events = json_file_load_lines(path), *event;
	size_t i;

	json_array_foreach(events, i, event)
		if (is_complaint(event))
			json_array_append_new(complaints, text_json(result_string(event, "text")));
	json_decref(events);
}

json_t *host_events_complaints(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *pattern = text_format("%.*shost*.jsonl", slash ? (int)(slash - path + 1) : 0, path);
	json_t *complaints = NULL;
	glob_t files;

	if (!glob(pattern, 0, NULL, &files)) {
		complaints = json_array();
		for (size_t i = 0; i < files.gl_pathc; i++)
			read_events(files.gl_pathv[i], complaints);
		globfree(&files);
	}
	free(pattern);
	return complaints;
}
