/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RUNNER_COMMON_ALL_CPUS_H
#define RUNNER_COMMON_ALL_CPUS_H

/*
 * Calls @work with @argument in as many threads as there are CPUs, up to 9, and returns when all have returned. The calling thread
 * is one of them, and the only one where there can be no others.
 */
void all_cpus_run(void *(*work)(void *argument), void *argument);

#endif
