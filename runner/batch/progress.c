/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/progress.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/clock.h"
#include "runner/common/colour.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

#define BEAT_MS	     1000
#define BEAT_COLUMNS 100

void progress_init(struct progress *p, FILE *out, struct events events)
{
	*p = (struct progress){.out = out, .heartbeat = out && isatty(fileno(out)), .events = events};
}

static void print_line(struct progress *p, const char *text)
{
	progress_erase(p);
	if (p->out) {
		text_print(p->out, "%s\n", text);
		fflush(p->out);
	}
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	print_line(p, text);
	if (p->events.fd >= 0)
		events_write(&p->events, EVENT_MESSAGE,
			     json_pack("{s:s, s:o}", "level", "note", "text", text_json(text)));
	free(text);
}

void progress_print(struct progress *p, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	print_line(p, text);
	free(text);
}

void progress_verdict(struct progress *p, const char *prefix, enum verdict verdict, const char *line)
{
	int word = (int)strcspn(line, " ");

	progress_erase(p);
	if (!p->out)
		return;
	text_print(p->out, "%s", prefix);
	colour_begin(p->out, verdict);
	text_print(p->out, "%.*s", word, line);
	colour_end(p->out);
	text_print(p->out, "%s\n", line + word);
	fflush(p->out);
}

char *progress_timing(const json_t *end)
{
	static const struct {
		const char *key, *text;
	} parts[] = {{"start_ms", "VM start"}, {"boot_ms", "boot"}, {"end_ms", "end"}};
	const json_t *timing = json_object_get(end, "timing"), *suite;
	char *text = NULL, *all;
	size_t size, i;
	FILE *out;

	if (!timing)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (size_t n = 0; n < sizeof(parts) / sizeof(parts[0]); n++)
		if (json_object_get(timing, parts[n].key))
			fprintf(out, "%s%s %.2f s", n ? ", " : "", parts[n].text,
				(double)result_number(timing, parts[n].key) / 1000);
	json_array_foreach(json_object_get(timing, "suites"), i, suite)
		fprintf(out, "%s%s %.2f", i ? ", " : "; suites: ", result_string(suite, "name"),
			(double)result_number(suite, "ms") / 1000);
	fclose(out);
	all = text_format("time: %s", text);
	free(text);
	return all;
}

bool progress_wants_beat(const struct progress *p)
{
	return p->heartbeat && now_ms() - p->beat_ms >= BEAT_MS;
}

void progress_beat(struct progress *p, size_t ended, size_t total, const char *text)
{
	char *head = p->head ? text_format("%s", p->head) : text_format("[%zu/%zu]", ended, total);
	char *line = text_format("%s%s", head, text);

	text_print(p->out, "\r\033[K%.*s", BEAT_COLUMNS, line);
	free(head);
	free(line);
	fflush(p->out);
	p->shown = true;
	p->beat_ms = now_ms();
}

void progress_erase(struct progress *p)
{
	if (p->shown && p->out)
		fputs("\r\033[K", p->out);
	p->shown = false;
}
