/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel is told of the host and of its VM: arguments that pvrun adds to the configuration's (docs/arguments.md). */
#ifndef RUNNER_RUN_TOLD_FACTS_H
#define RUNNER_RUN_TOLD_FACTS_H

#include "runner/run/host_facts.h"
#include "runner/run/run_options.h"

/*
 * " KEY=VALUE" for each fact that is known, but for keys that the configuration's arguments contain. The caller frees it.
 */
char *told_facts_make(const struct run_options *o, const struct host_facts *h);

/*
 * How many times as long a run may take as one with a CPU for each vCPU: 1 or more. The kernel computes the same for its
 * tests' budgets (arch_time_factor()).
 */
unsigned int told_time_factor(const struct run_options *o);

/* The same for the host that this runs on. */
char *told_facts(const struct run_options *o);

#endif
