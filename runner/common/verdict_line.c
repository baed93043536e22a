/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/verdict_line.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* In a line for people; the result has the whole. */
#define REASON_MAX 160

/* "101 passed, 20 skipped"; nothing if there were no tests. */
static bool print_counts(FILE *out, const json_t *counts)
{
	static const struct {
		const char *key, *text;
	} kinds[] = {
		{"pass", "passed"},  {"fail", "failed"},     {"error", "in error"},
		{"timeout", "hung"}, {"not_run", "not run"}, {"skip", "skipped"},
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long long n = result_count(counts, kinds[i].key);

		if (n)
			fprintf(out, "%s%lld %s", any ? ", " : "", n, kinds[i].text);
		any |= n;
	}
	return any;
}

static const char *find_reason(const json_t *run)
{
	const char *reason = result_string(run, "reason"), *error;

	if (*reason)
		return reason;
	error = json_string_value(json_array_get(json_object_get(run, "errors"), 0));
	return error ? error : "";
}

char *verdict_line(const char *name, int width, const json_t *run)
{
	const char *verdict = verdict_name(result_verdict(run)), *reason = find_reason(run);
	char word[sizeof("TIMEOUT")] = "", *line;
	size_t size;
	FILE *out = alloc_stream(&line, &size);

	for (size_t i = 0; i < sizeof(word) - 1 && verdict[i]; i++)
		word[i] = (char)toupper((unsigned char)verdict[i]);
	fprintf(out, "%-5s %-*s ", word, width, name);
	if (print_counts(out, json_object_get(run, "counts")) && *reason)
		fprintf(out, "; ");
	if (*reason)
		fprintf(out, "%.*s%s", REASON_MAX, reason, strlen(reason) > REASON_MAX ? "..." : "");
	fprintf(out, " (%.1f s)", (double)result_count(run, "duration_ms") / 1000);
	fclose(out);
	return line;
}
