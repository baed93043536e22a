/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/outcome.h"

#include <string.h>

#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

static const char *const failures[] = {"fail", "error", "timeout"};
static const char *const others[] = {"pass", "skip", OUTCOME_RETRIED, OUTCOME_LUCK, OUTCOME_NOT_STARTED};

static bool is_among(const char *const *words, size_t count, const char *word)
{
	return text_index(words, count, word) >= 0;
}

bool outcome_is_failure(const char *word)
{
	return is_among(failures, sizeof(failures) / sizeof(failures[0]), word);
}

bool outcome_is_known(const char *word)
{
	return outcome_is_failure(word) || is_among(others, sizeof(others) / sizeof(others[0]), word);
}

bool outcome_is_lucky(const char *word)
{
	return !strcmp(word, OUTCOME_RETRIED) || !strcmp(word, OUTCOME_LUCK);
}

const char *outcome_verdict(const char *word)
{
	if (!strcmp(word, OUTCOME_LUCK))
		return NULL;
	return strcmp(word, OUTCOME_RETRIED) ? word : "pass";
}

static const char *of_test(const json_t *test)
{
	const char *verdict = result_string(test, "verdict");

	if (!strcmp(verdict, "skip") &&
	    !strcmp(result_string(json_object_get(test, "unmet"), "kind"), "luck"))
		return OUTCOME_LUCK;
	if (!strcmp(verdict, "pass") && result_number(test, "retries"))
		return OUTCOME_RETRIED;
	return outcome_is_known(verdict) ? verdict : "error";
}

static const char *of_run(const json_t *result)
{
	enum verdict verdict = result_verdict(result);

	if (result && result_status(verdict, result_end(result)) == STATUS_CANNOT_RUN)
		return OUTCOME_NOT_STARTED;
	return verdict_name(verdict);
}

json_t *outcome_of_result(const char *configuration, const json_t *result)
{
	json_t *tests = json_object(), *test;
	size_t i;

	json_array_foreach(json_object_get(result, "tests"), i, test)
		json_object_set_new(tests, result_string(test, "name"), json_string(of_test(test)));
	return json_pack("{s:o, s:s, s:o}", "configuration", text_json(configuration), "verdict",
			 of_run(result), "tests", tests);
}
