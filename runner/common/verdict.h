/* SPDX-License-Identifier: BSD-2-Clause */
/* The words for verdicts (lib/verdict.h) in results and reports. */
#ifndef RUNNER_COMMON_VERDICT_H
#define RUNNER_COMMON_VERDICT_H

#include <stdbool.h>

#include "lib/verdict.h"

const char *verdict_name(enum verdict verdict);
/* False: @word is no verdict, and *@verdict stays as it is. */
bool verdict_parse(const char *word, enum verdict *verdict);

#endif
