/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of CPUs as taskset(1) writes them: "0", "0-3,8"; and several of these, split at blanks: "0 0 1-3". */
#ifndef RUNNER_RUN_CPULIST_H
#define RUNNER_RUN_CPULIST_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

bool cpulist_parse(const char *list, cpu_set_t *cpus);

/*
 * One set for each list in @lists, which the caller frees. False: one of them is no list of CPUs, or there is none; then
 * there is nothing to free.
 */
bool cpulist_parse_each(const char *lists, cpu_set_t **sets, size_t *count);

/* May a thread of this process run on some CPU of @cpus? */
bool cpulist_is_possible(const cpu_set_t *cpus);

#endif
