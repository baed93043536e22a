/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a test, or a whole run of a configuration, has come out, in one word: a verdict; "retried", a test that passed after
 * it had measured again; "luck", one that was skipped as what it needs did not happen this time; "not started", a run of which
 * there was no virtual machine.
 */
#ifndef RUNNER_SOAK_OUTCOME_H
#define RUNNER_SOAK_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>

#define OUTCOME_RETRIED	    "retried"
#define OUTCOME_LUCK	    "luck"
#define OUTCOME_NOT_STARTED "not started"
/* Of a test that other runs have: there is no result of it. */
#define OUTCOME_MISSING "missing"

bool outcome_is_known(const char *word);
/* What outcomes are compared by: a verdict or "not started"; NULL: this one says nothing, as it is for lack of luck. */
const char *outcome_verdict(const char *word);
bool outcome_is_failure(const char *word);
/* Whether it depended on luck that there is a verdict, or none. */
bool outcome_is_lucky(const char *word);

/*
 * One run, of the result of it: {"configuration", "verdict": OUTCOME, "tests": {NAME: OUTCOME}}. @result: NULL if there is
 * none, which is an error. The caller frees it.
 */
json_t *outcome_of_result(const char *configuration, const json_t *result);

#endif
