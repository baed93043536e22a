/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_settings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/host_module.h"
#include "runner/common/alloc.h"
#include "runner/common/text.h"

/* Far more than a parameter of a module or a file of /sys has. */
#define CONTENT_MAX 4096

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

void host_settings_apply(struct host_settings *s, const char *check)
{
	char *path, *value;

	while (next_pair(&check, &path, &value)) {
		char *before = read_file(path);

		if (before && !is_value(before, value) && write_value(path, value)) {
			s->changed = alloc_grow(s->changed, s->count, sizeof(*s->changed));
			s->changed[s->count++] = (struct host_setting){path, before};
		} else {
			/* What cannot be set is found by host_settings_unmet(). */
			free(path);
			free(before);
		}
		free(value);
	}
}

void host_settings_restore(struct host_settings *s)
{
	while (s->count) {
		struct host_setting *last = &s->changed[--s->count];

		set_file(last->path, last->before);
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
