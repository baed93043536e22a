/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_hear.h"

#include <stdlib.h>
#include <string.h>

#include "runner/batch/config_keys.h"
#include "runner/batch/repeat_hosts.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/verdict_line.h"

/* Kinds of notes; others become the last one. */
static const char *const note_kinds[] = {"complaint", "delay", "reboot", "hung",     "flood",
					 "panicked",  "died",  "broken", "emulator", "note"};
#define NOTE_KINDS (sizeof(note_kinds) / sizeof(note_kinds[0]))
/* Those that mean the end of the host. That it hung may be the emulator's fault. */
static const char *const dead_kinds[] = {"panicked", "died", "broken"};

/* Before a line of a run with several hosts. The caller frees it. */
static char *prefix(const struct host_boot *b)
{
	bool several = b->runs->hosts->count > 1 || b->runs->name_hosts;

	return text_format("%s%s", several ? b->host->name : "", several ? ": " : "");
}

static void keep_line(struct host_boot *b, const char *text)
{
	text_print(b->log, "%s\n", text);
	fflush(b->log);
}

void host_say(struct host_boot *b, const char *text)
{
	char *host = prefix(b);

	progress_print(b->runs->progress, "%s%s", host, text);
	free(host);
	keep_line(b, text);
}

static void forward(struct host_boot *b, enum event event, const json_t *object)
{
	json_t *copy = json_copy((json_t *)object);

	json_object_set_new(copy, "host", json_string(b->host->name));
	events_write(&b->runs->progress->events, event, copy);
}

/* Names become names of files, and a matrix comes from inside the host. */
static bool is_plan(const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
		if (!json_is_string(name) || strlen(json_string_value(name)) != json_string_length(name) ||
		    !config_name_is_valid(json_string_value(name)))
			return false;
	return json_array_size(names);
}

static void hear_plan(struct host_boot *b, const json_t *object)
{
	json_t *names = json_object_get(object, "configurations"), *note;
	size_t count = json_array_size(names), i;
	char *line;

	if (b->host->plan || !is_plan(names))
		return;
	b->host->plan = json_incref(names);
	if (!b->runs->batch->matrix)
		return;
	line = text_format("Matrix: %zu configuration%s", count, count == 1 ? "" : "s");
	host_say(b, line);
	free(line);
	json_array_foreach(json_object_get(object, "notes"), i, note) {
		line = text_format("  left out: %s", json_is_string(note) ? json_string_value(note) : "");
		host_say(b, line);
		free(line);
	}
}

static bool is_planned(const struct host_boot *b, const char *name)
{
	const json_t *planned;
	size_t i;

	json_array_foreach(b->host->plan, i, planned)
		if (!strcmp(json_string_value(planned), name))
			return true;
	return false;
}

static void hear_end(struct host_boot *b, const json_t *object)
{
	const char *name = result_string(object, "configuration");
	char *line, *timing, *host;

	if (!is_planned(b, name))
		return;
	json_object_set_new(b->ended, name, json_true());
	line = verdict_line(name, b->runs->width, object);
	timing = b->runs->batch->verbose ? progress_timing(object) : NULL;
	host = prefix(b);
	progress_verdict(b->runs->progress, host, result_verdict(object), line);
	free(host);
	keep_line(b, line);
	if (timing)
		text_print(stderr, "%s/%s: %s\n", b->host->name, name, timing);
	free(timing);
	free(line);
}

static void print_log(const struct host_boot *b, const json_t *object)
{
	const char *text = result_string(object, "text"), *name = result_string(object, "configuration");

	if (b->runs->batch->jobs > 1)
		text_print(stderr, "%s/%s: %s\n", b->name, is_planned(b, name) ? name : "", text);
	else
		text_print(stderr, "%s\n", text);
}

void host_hear_event(void *context, enum event event, const json_t *object)
{
	struct host_boot *b = context;

	switch (event) {
	case EVENT_RUN:
	case EVENT_REPETITION:
	case EVENT_DONE:
		if (b->repeat &&
		    (event != EVENT_RUN || is_planned(b, result_string(object, "configuration"))))
			repeat_hosts_hear(b, event, object);
		return;
	case EVENT_HELLO:
		/* The host was booted again: all starts anew. */
		json_object_clear(b->ended);
		return;
	case EVENT_PLAN:
		hear_plan(b, object);
		break;
	case EVENT_END:
		hear_end(b, object);
		break;
	case EVENT_LOG:
		if (!b->runs->batch->events_on_stdout)
			print_log(b, object);
		break;
	case EVENT_MESSAGE:
		host_say(b, result_string(object, "text"));
		break;
	case EVENT_START:
	case EVENT_TEST:
		break;
	default:
		return;
	}
	forward(b, event, object);
}

void host_hear_text(void *context, const char *line, size_t length)
{
	struct host_boot *b = context;
	char *text = text_format("%.*s", (int)length, line);

	text[strcspn(text, "\r")] = '\0';
	host_say(b, text);
	free(text);
}

void host_hear_note(void *context, const char *line, size_t length)
{
	struct host_boot *b = context;
	size_t kind_length = strcspn(line, "\t"), kind = 0;
	json_t *note;

	if (kind_length >= length)
		return;
	while (kind < NOTE_KINDS - 1 &&
	       (strlen(note_kinds[kind]) != kind_length || strncmp(note_kinds[kind], line, kind_length)))
		kind++;
	note = json_pack("{s:s, s:o}", "kind", note_kinds[kind], "text", text_json(line + kind_length + 1));
	b->dead |= text_index(dead_kinds, sizeof(dead_kinds) / sizeof(dead_kinds[0]), note_kinds[kind]) >= 0;
	if (b->of > 1)
		json_object_set_new(note, "boot", json_integer((json_int_t)b->number));
	json_array_append(b->said, json_object_get(note, "text"));
	events_write(&b->file, EVENT_HOST, json_incref(note));
	if (b->repeat)
		repeat_hosts_note(b, note);
	forward(b, EVENT_HOST, note);
	json_decref(note);
}
