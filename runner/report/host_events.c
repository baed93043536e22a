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
static const char *const complaints[] = {"complaint", "hung", "flood", "panicked", "died", "broken", NULL};
static const char *const ends[] = {"panicked", "died", "broken", NULL};

static bool is_one_of(const json_t *event, const char *const *kinds)
{
	const char *kind = result_string(event, "kind");

	while (*kinds && strcmp(*kinds, kind) != 0)
		kinds++;
	return *kinds && !strcmp(result_string(event, "event"), "host");
}

/* Appends the texts of events of these @kinds. */
static void read_events(const char *path, const char *const *kinds, json_t *texts)
{
	json_t *events = json_file_load_lines(path, NULL), *event;
	size_t i;

	json_array_foreach(events, i, event)
		if (is_one_of(event, kinds))
			json_array_append_new(texts, text_json(result_string(event, "text")));
	json_decref(events);
}

/* NULL: there is no file. */
static json_t *read_beside(const char *path, const char *const *kinds)
{
	const char *slash = strrchr(path, '/');
	char *pattern = text_format("%.*shost*.jsonl", slash ? (int)(slash - path + 1) : 0, path);
	json_t *texts = NULL;
	glob_t files;

	if (!glob(pattern, 0, NULL, &files)) {
		texts = json_array();
		for (size_t i = 0; i < files.gl_pathc; i++)
			read_events(files.gl_pathv[i], kinds, texts);
		globfree(&files);
	}
	free(pattern);
	return texts;
}

json_t *host_events_complaints(const char *path)
{
	return read_beside(path, complaints);
}

char *host_events_end(const char *path)
{
	json_t *texts = read_beside(path, ends);
	char *text = json_array_size(texts) ? text_format("%s", json_string_value(json_array_get(texts, 0))) :
					      NULL;

	json_decref(texts);
	return text;
}
