/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/result.h"
#include "runner/common/text.h"

static const struct {
	const char *name;
	/* Members that an event must have, as for json_unpack(). */
	const char *format;
	const char *members[2];
} kinds[EVENT_COUNT] = {
	[EVENT_HELLO] = {"hello", "{s:i}", {"version"}},
	[EVENT_PLAN] = {"plan", "{s:o}", {"configurations"}},
	[EVENT_START] = {"start", "{s:s}", {"configuration"}},
	[EVENT_TEST] = {"test", "{s:s, s:s}", {"configuration", "name"}},
	[EVENT_END] = {"end", "{s:s, s:s}", {"configuration", "verdict"}},
	[EVENT_LOG] = {"log", "{s:s, s:s}", {"configuration", "text"}},
	[EVENT_MESSAGE] = {"message", "{s:s, s:s}", {"level", "text"}},
	[EVENT_HOST] = {"host", "{s:s, s:s}", {"kind", "text"}},
	[EVENT_RUN] = {"run", "{s:s, s:s}", {"configuration", "verdict"}},
	[EVENT_REPETITION] = {"repetition", "{s:i, s:i}", {"repetitions", "elapsed_ms"}},
	[EVENT_DONE] = {"done", "{s:i}", {"status"}},
};

bool events_open(struct events *e, const char *where)
{
	char *end;
	long fd = STDOUT_FILENO;

	if (strcmp(where, "-")) {
		fd = strtol(where, &end, 10);
		if (*where < '0' || *where > '9' || *end || fd > 1 << 20)
			return false;
	}
	e->fd = (int)fd;
	/* QEMU and other children must not keep the stream open. */
	return fcntl(e->fd, F_GETFL) != -1 && (fcntl(e->fd, F_GETFL) & O_ACCMODE) != O_RDONLY &&
	       (e->fd <= STDERR_FILENO || !fcntl(e->fd, F_SETFD, FD_CLOEXEC));
}

static void write_all(struct events *e, const char *bytes, size_t length)
{
	while (length) {
		ssize_t done = write(e->fd, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			/* The reader is gone; the run is not affected. */
			e->fd = -1;
			return;
		}
		bytes += done;
		length -= (size_t)done;
	}
}

void events_write(struct events *e, enum event event, json_t *members)
{
	json_t *object;
	char *text, *line;

	if (e->fd < 0) {
		json_decref(members);
		return;
	}
	object = json_pack("{s:s}", "event", kinds[event].name);
	json_object_update(object, members);
	text = json_dumps(object, JSON_ENSURE_ASCII | JSON_COMPACT);
	line = text_format("%s\n", text);
	write_all(e, line, strlen(line));
	free(line);
	free(text);
	json_decref(members);
	json_decref(object);
}

void events_hello(struct events *e, const char *program)
{
	/* The writer before us may have died in the middle of a line. */
	if (e->fd >= 0)
		write_all(e, "\n", 1);
	events_write(e, EVENT_HELLO, json_pack("{s:i, s:s}", "version", EVENTS_VERSION, "program", program));
}

void events_test(struct events *e, const char *configuration, const char *name)
{
	if (e->fd >= 0)
		events_write(e, EVENT_TEST,
			     json_pack("{s:o, s:o}", "configuration", text_json(configuration), "name",
				       text_json(name)));
}

void events_end(struct events *e, const char *configuration, const json_t *result)
{
	static const char *const members[] = {"verdict", "end",	  "counts", "duration_ms",
					      "reason",	 "unmet", "timing"};
	const json_t *errors = json_object_get(result, "errors");
	json_t *end;

	if (e->fd < 0)
		return;
	end = json_pack("{s:o}", "configuration", text_json(configuration));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(result, members[i]))
			json_object_set(end, members[i], json_object_get(result, members[i]));
	if (!*result_string(result, "reason") && json_array_size(errors))
		json_object_set(end, "reason", json_array_get(errors, 0));
	events_write(e, EVENT_END, end);
}

void events_log(struct events *e, const char *configuration, const char *text)
{
	if (e->fd >= 0)
		events_write(e, EVENT_LOG,
			     json_pack("{s:o, s:o}", "configuration", text_json(configuration), "text",
				       text_json(text)));
}

static enum event find_kind(const char *name)
{
	enum event event = 0;

	while (event < EVENT_COUNT && strcmp(kinds[event].name, name))
		event++;
	return event;
}

/* json_unpack() only checks: JSON_VALIDATE_ONLY takes no targets. */
static bool has_members(json_t *object, enum event event)
{
	if (json_unpack_ex(object, NULL, JSON_VALIDATE_ONLY, kinds[event].format, kinds[event].members[0],
			   kinds[event].members[1]))
		return false;
	return event != EVENT_PLAN || json_is_array(json_object_get(object, "configurations"));
}

static void read_hello(struct events_reader *r, const json_t *object)
{
	long long version = result_number(object, "version");

	r->greeted = version == EVENTS_VERSION;
	if (!r->greeted)
		r->foreign_version = version;
}

static void read_line(void *context, const char *line, size_t length)
{
	struct events_reader *r = context;
	const char *name;
	enum event event;
	json_t *object;

	if (!length)
		return;
	object = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	name = json_string_value(json_object_get(object, "event"));
	event = name ? find_kind(name) : EVENT_COUNT;
	if (!name || (event < EVENT_COUNT && !has_members(object, event))) {
		r->malformed++;
	} else if (event < EVENT_COUNT) {
		if (event == EVENT_HELLO)
			read_hello(r, object);
		if (r->greeted)
			r->handler(r->context, event, object);
	}
	json_decref(object);
}

void events_reader_init(struct events_reader *r, events_handler *handler, void *context)
{
	*r = (struct events_reader){.handler = handler, .context = context};
	lines_init(&r->lines, EVENTS_LINE_MAX);
}

void events_read(struct events_reader *r, const char *bytes, size_t length)
{
	lines_feed(&r->lines, bytes, length, read_line, r);
}

void events_reader_free(struct events_reader *r)
{
	lines_free(&r->lines);
}
