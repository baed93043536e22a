/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/promises.h"

#include <string.h>

/* Built in: runner/report/html_files.S. */
extern const char promises_catalogue[], promises_tags[];

/* Cuts the next field off @line, which ends with its line. */
static json_t *field(const char **line)
{
	size_t length = strcspn(*line, "\t\n");
	json_t *text = json_stringn(*line, length);

	*line += length + ((*line)[length] == '\t');
	return text;
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

static json_t *promise(const char *id, size_t length)
{
	for (const char *line = promises_catalogue; *line; line = next_line(line)) {
		json_t *row;

		if (strncmp(line, id, length) != 0 || line[length] != '\t')
			continue;
		row = json_object();
		json_object_set_new(row, "id", field(&line));
		json_object_set_new(row, "feature", field(&line));
		json_object_set_new(row, "promise", field(&line));
		return row;
	}
	return NULL;
}

json_t *promises_of(const char *test)
{
	json_t *promises = json_array();

	for (const char *line = promises_tags; *line; line = next_line(line)) {
		size_t id = strcspn(line, "\t\n"), name = strcspn(line + id, "\n");
		json_t *found;

		if (name != strlen(test) + 1 || strncmp(line + id + 1, test, name - 1) != 0)
			continue;
		found = promise(line, id);
		if (found)
			json_array_append_new(promises, found);
	}
	return promises;
}

json_t *promises_of_all(json_t *tests)
{
	json_t *all = json_array(), *known = json_object(), *value, *promise;
	const char *name;
	size_t i;

	json_object_foreach(tests, name, value) {
		json_t *promises = promises_of(name);

		json_array_foreach(promises, i, promise) {
			const char *id = json_string_value(json_object_get(promise, "id"));

			if (!json_object_get(known, id))
				json_array_append(all, promise);
			json_object_set_new(known, id, json_true());
		}
		json_decref(promises);
	}
	json_decref(known);
	return all;
}

json_t *promises_ids(const json_t *promises)
{
	json_t *ids = json_array(), *promise;
	size_t i;

	json_array_foreach(promises, i, promise)
		json_array_append(ids, json_object_get(promise, "id"));
	return ids;
}
