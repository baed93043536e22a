/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of many tests, in few lines. */
#ifndef RUNNER_REPORT_SUITE_NAMES_H
#define RUNNER_REPORT_SUITE_NAMES_H

#include <stddef.h>
#include <stdio.h>

/*
 * "steal_time: a, b", one paragraph for each suite among @names, whose tests stand together. With more names than @most
 * they are counted by suite instead.
 */
void suite_names_print(const char *const *names, size_t count, size_t most, FILE *out);

#endif
