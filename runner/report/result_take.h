/* SPDX-License-Identifier: BSD-2-Clause */
/* What was loaded becomes an entry of a set, and shares what it has in common with the others. */
#ifndef RUNNER_REPORT_RESULT_TAKE_H
#define RUNNER_REPORT_RESULT_TAKE_H

#include "runner/report/result_set.h"

/* The only copy of @text in the set, for as long as the set is there. Names of files may be no UTF-8. */
const char *result_intern(struct result_set *set, const char *text);
/* Fills @r, whose path is known, from @result, which it takes over. */
void result_take(struct result_set *set, struct result_entry *r, json_t *result);

#endif
