/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/progress.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runner/common/result.h"
#include "runner/common/text.h"

#define BEAT_MS	     1000
#define BEAT_COLUMNS 100

/* In a line for people; the result has the whole. */
#define REASON_MAX 160

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_init(struct progress *p, FILE *out, struct events events)
{
	*p = (struct progress){.out = out, .heartbeat = out && isatty(fileno(out)), .events = events};
}

static void print_line(struct progress *p, const char *text)
{
	char *line = text_printable(text, strlen(text));

	progress_erase(p);
	if (p->out) {
		fprintf(p->out, "%s\n", line);
		fflush(p->out);
	}
	free(line);
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

/* "101 passed, 20 skipped"; empty if there were no tests. */
static char *counts_text(const json_t *counts)
{
	static const struct {
		const char *key, *text;
	} kinds[] = {
		{"pass", "passed"},  {"fail", "failed"},     {"error", "in error"},
		{"timeout", "hung"}, {"not_run", "not run"}, {"skip", "skipped"},
	};
	char *text = text_format("%s", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long long n = result_number(counts, kinds[i].key);
		char *longer;

		if (n <= 0)
			continue;
		longer = text_format("%s%s%lld %s", text, *text ? ", " : "", n, kinds[i].text);
		free(text);
		text = longer;
	}
	return text;
}

char *progress_verdict(const char *name, int width, const json_t *end)
{
	const char *verdict = result_string(end, "verdict"), *reason = result_string(end, "reason");
	char *counts = counts_text(json_object_get(end, "counts")), *line;
	char word[sizeof("TIMEOUT")] = "";

	for (size_t i = 0; i < sizeof(word) - 1 && verdict[i]; i++)
		word[i] = (char)toupper((unsigned char)verdict[i]);
	line = text_format("%-5s %-*s %s%s%.*s%s (%.1f s)", word, width, name, counts,
			   *counts && *reason ? "; " : "", REASON_MAX, reason,
			   strlen(reason) > REASON_MAX ? "..." : "",
			   (double)result_number(end, "duration_ms") / 1000);
	free(counts);
	return line;
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
	char *line = text_printable(text, strlen(text));

	fprintf(p->out, "\r\033[K[%zu/%zu]%.*s", ended, total, BEAT_COLUMNS, line);
	fflush(p->out);
	p->shown = true;
	p->beat_ms = now_ms();
	free(line);
}

void progress_erase(struct progress *p)
{
	if (p->shown && p->out)
		fputs("\r\033[K", p->out);
	p->shown = false;
}
