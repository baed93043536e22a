/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/result.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/text.h"

/* In a line for people; the result has the whole. */
#define REASON_MAX 160

bool result_open(struct result_file *file, const char *path)
{
	file->path = text_format("%s", path);
	file->part = text_format("%s.part", path);
	/* A result of an earlier run must not be taken for this one's. */
	if (unlink(path) && errno != ENOENT)
		return false;
	file->stream = fopen(file->part, "we");
	return file->stream;
}

bool result_write(struct result_file *file, const json_t *result)
{
	bool written = !json_dumpf(result, file->stream, JSON_INDENT(1) | JSON_ENSURE_ASCII) &&
		       fputc('\n', file->stream) != EOF;
	int error = errno;

	if (fclose(file->stream) && written) {
		written = false;
		error = errno;
	}
	if (written && rename(file->part, file->path)) {
		written = false;
		error = errno;
	}
	if (!written)
		unlink(file->part);
	free(file->path);
	free(file->part);
	errno = error;
	return written;
}

const char *result_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

long long result_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

enum result_status result_status(const json_t *result)
{
	const char *verdict = result_string(result, "verdict");
	const char *end = result_string(result, "end");

	if (!strcmp(verdict, "pass"))
		return RESULT_PASS;
	if (!strcmp(verdict, "skip"))
		return RESULT_NOTHING_VALIDATED;
	if (!strcmp(end, "could not start") || !strcmp(end, "log failed"))
		return RESULT_CANNOT_RUN;
	return RESULT_FAIL;
}

void result_print_line(const json_t *result, FILE *out)
{
	static const struct {
		const char *key, *text;
	} kinds[] = {
		{"pass", "passed"},  {"fail", "failed"},     {"error", "in error"},
		{"timeout", "hung"}, {"not_run", "not run"}, {"skip", "skipped"},
	};
	const json_t *counts = json_object_get(result, "counts");
	const json_t *errors = json_object_get(result, "errors");
	const char *verdict = result_string(result, "verdict");
	const char *reason = result_string(result, "reason");
	char name[sizeof("ERROR")] = "";
	const char *separator = "";

	for (size_t i = 0; i < sizeof(name) - 1 && verdict[i]; i++)
		name[i] = (char)toupper((unsigned char)verdict[i]);
	fprintf(out, "%-5s %-18s ", name, result_string(json_object_get(result, "config"), "name"));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long long n = result_number(counts, kinds[i].key);

		if (!n)
			continue;
		fprintf(out, "%s%lld %s", separator, n, kinds[i].text);
		separator = ", ";
	}
	if (!*reason && json_array_size(errors))
		reason = json_string_value(json_array_get(errors, 0));
	if (*reason)
		fprintf(out, "%s%.*s%s", *separator ? "; " : "", REASON_MAX, reason,
			strlen(reason) > REASON_MAX ? "..." : "");
	fprintf(out, " (%.1f s)\n", (double)result_number(result, "duration_ms") / 1000);
}
