/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/result.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/exit_status.h"
#include "runner/common/text.h"

static char *part_of(const char *path)
{
	return text_format("%s.part", path);
}

bool result_open(struct result_file *file, const char *path)
{
	file->path = text_format("%s", path);
	file->part = part_of(path);
	/* If this run fails to write one, an earlier result must not stand in its place. */
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

void result_discard(const char *path)
{
	char *part = part_of(path);

	unlink(part);
	free(part);
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

long long result_count(const json_t *object, const char *key)
{
	long long number = result_number(object, key);

	return number > 0 ? number : 0;
}

long long result_add(long long a, long long b)
{
	return a > LLONG_MAX - b ? LLONG_MAX : a + b;
}

enum verdict result_verdict(const json_t *result)
{
	enum verdict verdict = VERDICT_ERROR;

	verdict_parse(result_string(result, "verdict"), &verdict);
	return verdict;
}

enum run_end result_end(const json_t *result)
{
	enum run_end end = RUN_END_EXIT;

	run_end_parse(result_string(result, "end"), &end);
	return end;
}

int result_status(enum verdict verdict, enum run_end end)
{
	if (verdict == VERDICT_PASS)
		return STATUS_PASSED;
	if (verdict == VERDICT_SKIP)
		return STATUS_NOTHING_VALIDATED;
	if (end == RUN_END_COULD_NOT_START || end == RUN_END_LOG_FAILED)
		return STATUS_CANNOT_RUN;
	return STATUS_FAILED;
}

int result_worse_status(int a, int b)
{
	static const int order[] = {STATUS_FAILED, STATUS_CANNOT_RUN, STATUS_PASSED,
				    STATUS_NOTHING_VALIDATED};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return STATUS_CANNOT_RUN;
}
