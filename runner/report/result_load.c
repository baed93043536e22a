/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/result_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

const char *result_load_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* PATH/NAME.json -> PATH/NAME and @suffix. The caller frees it. */
static char *replace_suffix(const char *path, const char *suffix)
{
	size_t length = strlen(path), end = strlen(".json");

	if (length > end && !strcmp(path + length - end, ".json"))
		length -= end;
	return text_format("%.*s%s", (int)length, path, suffix);
}

char *result_load_name(const char *path)
{
	return replace_suffix(result_load_file(path), "");
}

/* Stands for a result that is not there, or cannot be read. */
json_t *result_load_none(const char *path, json_t *why)
{
	char *name = result_load_name(path), *log = replace_suffix(path, ".log");
	json_t *result = json_pack("{s:{s:o}, s:[], s:[o], s:s, s:s, s:n, s:{}, s:o}", "config", "name",
				   text_json(name), "notes", "errors", why, "verdict",
				   verdict_name(VERDICT_ERROR), "end", run_end_name(RUN_END_COULD_NOT_START),
				   "reason", "counts", "log",
				   access(log, F_OK) ? json_null() : text_json(log));

	free(log);
	free(name);
	return result;
}

/* Where the log is: beside the result, which may have come here from another machine. */
static void find_log(json_t *result, const char *path)
{
	const char *log = result_string(result, "log");

	if (*log)
		json_object_set_new(result, "log",
				    text_json_format("%.*s%s", (int)(result_load_file(path) - path), path,
						     result_load_file(log)));
}

/* Why there is no result at @path; @error, as of errno, is what happened to the file. */
static json_t *why_unread(const char *path, int error, const char *why)
{
	char *part = text_format("%s.part", path);
	bool unfinished = error == ENOENT && !access(part, F_OK);

	free(part);
	if (unfinished)
		return text_json_format("no result in %s, but the beginning of one: pvrun was killed, or is "
					"still running",
					path);
	return text_json_format("no result in %s: %s", path, why);
}

json_t *result_load(const char *path)
{
	char *problem = NULL;
	json_t *result = json_file_load(path, &problem), *why;
	int error = errno;
	long long schema = result_number(result, "schema");

	if (schema == RESULT_SCHEMA) {
		find_log(result, path);
		return result;
	}
	if (!result)
		why = why_unread(path, error, problem);
	else if (schema > RESULT_SCHEMA)
		why = text_json_format("%s was written by a newer version: its schema is %lld, and this one "
				       "knows %d",
				       path, schema, RESULT_SCHEMA);
	else
		why = text_json_format("%s is no result of pvrun", path);
	free(problem);
	json_decref(result);
	return result_load_none(path, why);
}
