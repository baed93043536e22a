/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/join_names.h"
#include "runner/report/series_report.h"

/* The members of @array whose @key is the string @value. */
static size_t count_with(const json_t *array, const char *key, const char *value)
{
	const json_t *member;
	size_t i, count = 0;

	json_array_foreach(array, i, member)
		count += !strcmp(result_string(member, key), value);
	return count;
}

static void print_host(const json_t *host, FILE *out)
{
	const json_t *kernels = json_object_get(host, "kernels"), *kernel;
	size_t count = json_array_size(kernels), ran = count_with(kernels, "state", "ran"), i;
	size_t same = count_with(kernels, "state", "taken as unchanged"),
	       open = count_with(kernels, "state", "not run");

	text_print(out, "%s: %zu kernel%s in %s: %zu ran", result_string(host, "host"), count,
		   count == 1 ? "" : "s", result_string(host, "range"), ran);
	if (same)
		text_print(out, ", %zu not run and taken as unchanged: the kernels around them agree", same);
	if (open)
		text_print(out, ", %zu not run yet", open);
	fputc('\n', out);
	json_array_foreach(kernels, i, kernel)
		if (!strcmp(result_string(kernel, "state"), "left out"))
			text_print(out, "  left out: %s: %s\n", result_string(kernel, "version"),
				   result_string(kernel, "why"));
}

/* "6.12.63 (6.12.63-1)", with the package's version as the first host has it. */
static void print_version(const json_t *document, const char *version, FILE *out)
{
	const json_t *host, *kernel;
	size_t i, k;

	json_array_foreach(json_object_get(document, "hosts"), i, host)
		json_array_foreach(json_object_get(host, "kernels"), k, kernel)
			if (!strcmp(result_string(kernel, "version"), version)) {
				text_print(out, "%s (%s)", version, result_string(kernel, "package_version"));
				return;
			}
}

static void print_places(const json_t *where, FILE *out)
{
	const json_t *place;
	size_t i;

	json_array_foreach(where, i, place) {
		const json_t *configurations = json_object_get(place, "configurations");
		char *hosts = join_names(json_object_get(place, "hosts")), *in = join_names(configurations);

		text_print(out, "%s%s%s on %s", i ? ";" : ",", json_array_size(configurations) ? " in " : "",
			   json_array_size(configurations) ? in : "", hosts);
		free(hosts);
		free(in);
	}
}

/* The check that failed, else the first that is there; or NULL. */
static const char *message_of(const json_t *change)
{
	const json_t *messages = json_object_get(change, "messages"), *message;
	const char *at = result_string(change, "at");
	size_t i;

	json_array_foreach(messages, i, message)
		if (*at && !strncmp(json_string_value(message), at, strlen(at)))
			return json_string_value(message);
	return json_string_value(json_array_get(messages, 0));
}

static void print_change(const json_t *document, const json_t *change, FILE *out)
{
	const json_t *tests = json_object_get(change, "tests"),
		     *features = json_object_get(change, "features");
	const json_t *names = json_array_size(tests) ? tests : features;
	const char *why = result_string(change, "why"), *before = result_string(change, "before");
	const char *message = message_of(change);

	print_version(document, result_string(change, "from"), out);
	fputs(" -> ", out);
	print_version(document, result_string(change, "to"), out);
	text_print(out, ": %s", result_string(change, "kind"));
	if (json_array_size(names)) {
		char *text = join_names(names);

		text_print(out, ": %s", text);
		free(text);
	}
	if (*before)
		text_print(out, ": %s -> %s", before, result_string(change, "now"));
	print_places(json_object_get(change, "where"), out);
	fputc('\n', out);
	if (*why || message)
		text_print(out, "    %s\n", *why ? why : message);
}

void series_print(const json_t *document, FILE *out)
{
	const json_t *changes = json_object_get(document, "changes"), *item;
	size_t i, worse = count_with(changes, "means", "worse"),
		  better = count_with(changes, "means", "better");
	size_t others = json_array_size(changes) - worse - better;
	long long same = result_number(document, "unchanged_tests");

	json_array_foreach(json_object_get(document, "hosts"), i, item)
		print_host(item, out);
	fputs("\nWhat changed, and between which two kernels:\n", out);
	json_array_foreach(changes, i, item)
		print_change(document, item, out);
	if (!json_array_size(changes))
		fputs("nothing\n", out);
	text_print(out, "\n%lld test%s never changed.\n", same, same == 1 ? "" : "s");
	text_print(out, "%s: %zu change%s for the worse, %zu for the better, %zu other%s\n",
		   result_string(document, "verdict"), worse, worse == 1 ? "" : "s", better, others,
		   others == 1 ? "" : "s");
}
