/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of pvrun for a configuration. */
#ifndef RUNNER_BATCH_VM_COMMAND_H
#define RUNNER_BATCH_VM_COMMAND_H

#include "runner/batch/vm_jobs.h"

/* The descriptor of a pvrun's events. */
#define VM_EVENTS_FD 3

/* pvrun's argv, which vm_command_free() frees. */
char **vm_command_make(const struct vm_runs *runs, const struct config *config);
void vm_command_free(char **argv);

#endif
