/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_catalogue.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/child.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

#define CATALOGUE_COMMAND "nested-host/kernels"

#define COLUMNS 4

struct column {
	const char *title, *member;
};

json_t *host_catalogue(const char *option, bool cached)
{
	char *argv[4] = {CATALOGUE_COMMAND};
	size_t count = 1;
	json_t *objects = json_array();
	char *text, *rest, *line;
	int status;

	if (cached)
		argv[count++] = "--cached";
	if (option)
		argv[count++] = (char *)(uintptr_t)option;
	rest = text = child_output(argv, &status);
	while ((line = strsep(&rest, "\n"))) {
		json_t *object = json_loads(line, 0, NULL);

		if (json_is_object(object))
			json_array_append(objects, object);
		json_decref(object);
	}
	free(text);
	if (!status)
		return objects;
	json_decref(objects);
	return NULL;
}

static const char *cell(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);

	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "-";
	return json_is_string(value) ? json_string_value(value) : "-";
}

static void print_table(const json_t *objects, const struct column *columns)
{
	int widths[COLUMNS];
	const json_t *object;
	size_t i;

	for (size_t c = 0; c < COLUMNS && columns[c].title; c++) {
		widths[c] = (int)strlen(columns[c].title);
		json_array_foreach(objects, i, object) {
			int width = (int)strlen(cell(object, columns[c].member));

			if (width > widths[c])
				widths[c] = width;
		}
	}
	for (size_t row = 0; row <= json_array_size(objects); row++) {
		object = row ? json_array_get(objects, row - 1) : NULL;
		for (size_t c = 0; c < COLUMNS && columns[c].title; c++) {
			bool last = c + 1 == COLUMNS || !columns[c + 1].title;

			text_print(stdout, last ? "%-*s\n" : "%-*s  ", last ? 0 : widths[c],
				   row ? cell(object, columns[c].member) : columns[c].title);
		}
	}
}

int host_catalogue_print(void)
{
	static const struct column suites[COLUMNS] = {{"SUITE", "suite"},
						      {"CACHED", "cached"},
						      {"KERNEL", "kernel"},
						      {"QEMU", "qemu"}};
	static const struct column kernels[COLUMNS] = {{"VERSION", "version"},
						       {"CACHED", "cached"},
						       {"FROM", "suite"},
						       {"KERNEL", "release"}};
	static const struct column suffixes[COLUMNS] = {{"SUFFIX", "suffix"}, {"WHAT IT MAKES", "purpose"}};
	json_t *lists[] = {host_catalogue(NULL, false), NULL, NULL};
	bool cached = !lists[0];

	if (cached)
		lists[0] = host_catalogue(NULL, true);
	lists[1] = host_catalogue("--suites", cached);
	lists[2] = host_catalogue("--suffixes", cached);
	for (size_t i = 0; i < 3; i++)
		if (!lists[i])
			return STATUS_CANNOT_RUN;
	if (cached)
		text_print(
			stdout,
			"The archive cannot be asked now. The cache has these hosts, which need no network:\n\n");
	text_print(stdout, "--host SUITE: a Debian release, with its kernel and its QEMU\n\n");
	print_table(lists[1], suites);
	text_print(
		stdout,
		"\n--host SUITE+VERSION: that QEMU with another kernel; SUITE+OTHER: with another release's\n\n");
	print_table(lists[0], kernels);
	text_print(
		stdout,
		"\n--host SUITE-SUFFIX, SUITE+VERSION-SUFFIX-SUFFIX...: another machine below that kernel\n\n");
	print_table(lists[2], suffixes);
	for (size_t i = 0; i < 3; i++)
		json_decref(lists[i]);
	return fflush(stdout) ? STATUS_CANNOT_RUN : STATUS_PASSED;
}
