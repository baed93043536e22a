/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of CPUs as taskset(1) writes them: "0", "0-3,8". */
#ifndef RUNNER_RUN_CPULIST_H
#define RUNNER_RUN_CPULIST_H

#include <sched.h>
#include <stdbool.h>

bool cpulist_parse(const char *list, cpu_set_t *cpus);

#endif
