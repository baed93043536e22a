/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Colours for verdicts, on terminals alone: where the stream is a pipe or a file, where TERM is "dumb", or where NO_COLOR is
 * set and not empty, nothing is written.
 */
#ifndef RUNNER_COMMON_COLOUR_H
#define RUNNER_COMMON_COLOUR_H

#include <stdio.h>

#include "runner/common/verdict.h"

/* Green for a pass, yellow for a skip, red for all others: from here to colour_end(). */
void colour_begin(FILE *out, enum verdict verdict);
void colour_end(FILE *out);

#endif
