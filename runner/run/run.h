/* SPDX-License-Identifier: BSD-2-Clause */
/* One run: a VM from start to verdict. */
#ifndef RUNNER_RUN_RUN_H
#define RUNNER_RUN_RUN_H

#include <jansson.h>

#include "runner/run/run_options.h"

/* Returns the result. @signal: the signal that ended the run, or 0. */
json_t *run_vm(const struct run_options *o, int *signal);
#endif
