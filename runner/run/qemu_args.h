/* SPDX-License-Identifier: BSD-2-Clause */
/* What QEMU's arguments say, as far as pvrun has to know. */
#ifndef RUNNER_RUN_QEMU_ARGS_H
#define RUNNER_RUN_QEMU_ARGS_H

#include <stdbool.h>

/* The value of the last option -@name or --@name, or NULL. @args ends with NULL. */
const char *qemu_option(char **args, const char *name);

/*
 * The value of the last @key= in all options -@name: QEMU merges those of -machine and -overcommit. "on" for a key
 * without a value, NULL if there is none. The caller frees it.
 */
char *qemu_property(char **args, const char *name, const char *key);

/* 1, 0, or -1 for what is neither. NULL, a name without a value, is on. */
int qemu_truth(const char *value);

/* -overcommit cpu-pm=on: vCPUs halt without an exit to KVM. */
bool qemu_has_cpu_pm(char **args);

#endif
