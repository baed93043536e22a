/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/log_excerpt.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"

#define LINES_MAX 30
#define LINE_MAX  500

/* The last lines of what has been added. */
struct excerpt {
	char *lines[LINES_MAX];
	size_t count; /* of all that were added */
};

static void add(struct excerpt *e, const char *line)
{
	char **place = &e->lines[e->count++ % LINES_MAX];

	free(*place);
	*place = text_copy(line, LINE_MAX);
}

static void clear(struct excerpt *e)
{
	for (size_t i = 0; i < LINES_MAX; i++)
		free(e->lines[i]);
	*e = (struct excerpt){0};
}

static json_t *join(const struct excerpt *e)
{
	size_t first = e->count > LINES_MAX ? e->count - LINES_MAX : 0, size;
	char *text;
	FILE *out = alloc_stream(&text, &size);
	json_t *all;

	if (first)
		fprintf(out, "[... %zu more lines]\n", first);
	for (size_t i = first; i < e->count; i++)
		fprintf(out, "%s\n", e->lines[i % LINES_MAX]);
	fclose(out);
	all = text_json(text);
	free(text);
	return all;
}

/* Files that are no regular ones may block, or have no end. */
static FILE *open_log(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	FILE *log;

	if (fd < 0)
		return NULL;
	log = fstat(fd, &status) || !S_ISREG(status.st_mode) ? NULL : fdopen(fd, "r");
	if (!log)
		close(fd);
	return log;
}

static bool is_start(const char *line, const char *test)
{
	static const char start[] = "# start ";

	return !strncmp(line, start, sizeof(start) - 1) && !strcmp(line + sizeof(start) - 1, test);
}

static bool is_result(const char *line)
{
	return !strncmp(line, "ok ", strlen("ok ")) || !strncmp(line, "not ok ", strlen("not ok "));
}

json_t *log_excerpt(const char *path, const char *test)
{
	FILE *log = open_log(path);
	struct excerpt e = {0};
	bool inside = !test;
	char *line = NULL;
	size_t size = 0;
	json_t *found;

	if (!log)
		return json_null();
	while (getline(&line, &size, log) >= 0) {
		const char *text = line + strspn(line, " ");

		line[strcspn(line, "\r\n")] = '\0';
		if (test && !inside && is_start(text, test)) {
			clear(&e);
			inside = true;
		}
		if (!inside)
			continue;
		add(&e, line);
		if (test && is_result(text))
			break;
	}
	found = e.count ? join(&e) : json_null();
	clear(&e);
	free(line);
	fclose(log);
	return found;
}
