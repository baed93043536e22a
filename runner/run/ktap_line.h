/* SPDX-License-Identifier: BSD-2-Clause */
/* Single lines of a guest's report, and parts of them: docs/ktap.md has the grammar. The parser knows their order. */
#ifndef RUNNER_RUN_KTAP_LINE_H
#define RUNNER_RUN_KTAP_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/common/verdict.h"

struct ktap_result_line {
	bool ok;
	long number;
	char *name;
	enum verdict verdict;
	char *reason; /* of a SKIP or ERROR, else NULL */
};

/* What follows @prefix in @text, or NULL if it does not begin so. */
const char *ktap_skip_prefix(const char *text, const char *prefix);

/* A decimal number up to a million, without sign, blanks or leading zeros; *@end is what follows it. False sets nothing. */
bool ktap_parse_count(const char *text, long *value, char **end);

/* Whether @length characters are the name of a suite or test: letters, digits and underscores. */
bool ktap_is_name(const char *name, size_t length);

/* Whether @line begins like a result. */
bool ktap_is_result(const char *line);

/*
 * "ok 3 name", "ok 3 name # SKIP reason", "not ok 3 name", "not ok 3 name # ERROR reason". After true the caller frees
 * name and reason of @result.
 */
bool ktap_parse_result(const char *line, struct ktap_result_line *result);

/* FILE:LINE of "FILE:LINE: ...", in characters; 0: the message is something else, and is no failed check. */
size_t ktap_location_length(const char *message);

/* "OPERATION exits=N|unknown median-cycles=N p99-cycles=N" as "cost" in docs/result.schema.json has it; NULL: it is none. */
json_t *ktap_parse_cost(const char *text);

/*
 * Words KEY=VALUE, of which a VALUE may stand in double quotes, into the members of @guest ("guest" in
 * docs/result.schema.json). Unknown keys are dropped.
 */
void ktap_parse_header(json_t *guest, const char *words);

#endif
