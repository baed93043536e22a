/* SPDX-License-Identifier: BSD-2-Clause */
/* The KTAP version 1 writer. Source of the format: Linux, Documentation/dev-tools/ktap.rst. */
#ifndef LIB_KTAP_WRITER_H
#define LIB_KTAP_WRITER_H

#include "lib/types.h"
#include "lib/verdict.h"

/* Longest line that is written, with its newline; what is longer is cut. */
#define KTAP_LINE_SIZE 640

/* The version line and the plan. skip_all: why the plan is 0, or NULL. */
void ktap_begin(unsigned int plan, const char *skip_all);

/* Enter, and leave, the one nested level of subtests. */
void ktap_subtest_begin(const char *name, unsigned int plan);
void ktap_subtest_end(void);

/* One result line. The reason (or NULL) is a skip's or an error's. */
void ktap_result(unsigned int number, const char *name, enum verdict verdict, const char *reason);

/* A diagnostic line "# ..." at the present level. */
void ktap_note(const char *fmt, ...) PRINTF(1, 2);

#endif
