/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_settings.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/batch/host_module.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/parent.h"
#include "runner/common/text.h"

/* Far more than a parameter of a module or a file of /sys has. */
#define CONTENT_MAX 4096
/* A module cannot be loaded anew before the last VM has ended. */
#define PUT_BACK_TRIES 100
#define PUT_BACK_MS    100

/* The content without newlines at its end, or NULL: it cannot be read. The caller frees it. */
static char *read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text;
	ssize_t got;

	if (fd < 0)
		return NULL;
	text = alloc_bytes(CONTENT_MAX + 1);
	got = read(fd, text, CONTENT_MAX);
	close(fd);
	if (got < 0) {
		free(text);
		return NULL;
	}
	while (got && text[got - 1] == '\n')
		got--;
	text[got] = '\0';
	return text;
}

static bool write_file(const char *path, const char *text)
{
	char *line = text_format("%s\n", text);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC | O_NONBLOCK);
	bool written = fd >= 0 && write(fd, line, strlen(line)) == (ssize_t)strlen(line);

	if (fd >= 0)
		close(fd);
	free(line);
	return written;
}

static bool set_file(const char *path, const char *text)
{
	return write_file(path, text) || host_module_set(path, text);
}

/* The next PATH=VALUE of *@check, which moves past it; NULL: there is none. @path and @value are to be freed. */
static bool next_pair(const char **check, char **path, char **value)
{
	const char *pair, *equals;
	size_t length;

	if (!*check)
		return false;
	pair = *check + strspn(*check, " \t");
	length = strcspn(pair, " \t");
	equals = memchr(pair, '=', length);
	if (!equals)
		return false;
	*check = pair + length;
	*path = text_format("%.*s", (int)(equals - pair), pair);
	*value = text_format("%.*s", (int)(length - (size_t)(equals - pair) - 1), equals + 1);
	return true;
}

/* Is @content one of the alternatives in @value, "N|0"? */
static bool is_value(const char *content, const char *value)
{
	size_t length = strlen(content);

	for (;;) {
		size_t end = strcspn(value, "|");

		if (end == length && !strncmp(content, value, length))
			return true;
		if (!value[end])
			return false;
		value += end + 1;
	}
}

/* Writes the first alternative that @path takes. */
static bool write_value(const char *path, const char *value)
{
	bool written = false;

	for (;;) {
		size_t end = strcspn(value, "|");
		char *text = text_format("%.*s", (int)end, value);

		written = set_file(path, text);
		free(text);
		if (written || !value[end])
			return written;
		value += end + 1;
	}
}

static void put_back(const struct host_setting *setting)
{
	for (int tries = 0; tries < PUT_BACK_TRIES; tries++) {
		char *now = read_file(setting->path);
		bool done = (now && !strcmp(now, setting->before)) ||
			    set_file(setting->path, setting->before);
		free(now);
		if (done)
			break;
		poll(NULL, 0, PUT_BACK_MS);
	}
}

static void put_all_back(const struct host_settings *s)
{
	for (size_t i = s->count; i > 0; i--)
		put_back(&s->changed[i - 1]);
}

/* Waits for a byte, or for the end of the process that has made the changes. */
_Noreturn static void guard(const struct host_settings *s, int fd)
{
	char byte;

	outlive_parent(fd);
	if (read(fd, &byte, 1) != 1)
		put_all_back(s);
	_exit(0);
}

static void start_guard(struct host_settings *s)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		err(STATUS_CANNOT_RUN, "cannot make a pipe");
	fflush(NULL);
	s->guard_pid = fork();
	if (s->guard_pid < 0)
		err(STATUS_CANNOT_RUN, "cannot fork");
	if (!s->guard_pid)
		guard(s, ends[0]);
	close(ends[0]);
	s->guard = ends[1];
}

/* If it was killed, there is nobody to tell. */
static void end_guard(struct host_settings *s)
{
	ssize_t told = write(s->guard, "", 1);

	(void)told;
	close(s->guard);
	while (waitpid(s->guard_pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* What cannot be set is found by host_settings_unmet(). */
void host_settings_apply(struct host_settings *s, const char *check)
{
	const char *rest = check;
	char *path, *value;

	while (next_pair(&rest, &path, &value)) {
		char *before = read_file(path);

		if (before && !is_value(before, value)) {
			s->changed = alloc_grow(s->changed, s->count, sizeof(*s->changed));
			s->changed[s->count++] = (struct host_setting){path, before};
		} else {
			free(path);
			free(before);
		}
		free(value);
	}
	if (!s->count)
		return;
	start_guard(s);
	while (next_pair(&check, &path, &value)) {
		char *now = read_file(path);

		if (now && !is_value(now, value))
			write_value(path, value);
		free(path);
		free(value);
		free(now);
	}
}

void host_settings_restore(struct host_settings *s)
{
	if (s->count) {
		put_all_back(s);
		end_guard(s);
	}
	while (s->count) {
		struct host_setting *last = &s->changed[--s->count];

		free(last->path);
		free(last->before);
	}
	free(s->changed);
	s->changed = NULL;
}

char *host_settings_unmet(const char *check)
{
	char *path, *value, *unmet = NULL;

	while (!unmet && next_pair(&check, &path, &value)) {
		char *content = read_file(path);

		if (!content || !is_value(content, value))
			unmet = text_format("%s=%s", path, value);
		free(content);
		free(path);
		free(value);
	}
	return unmet;
}
