/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of kernel modules that only count when the module is loaded, on hosts that let their modules be loaded anew. */
#ifndef RUNNER_BATCH_HOST_MODULE_H
#define RUNNER_BATCH_HOST_MODULE_H

#include <stdbool.h>

/*
 * Loads the module of @path, /sys/module/NAME/parameters/PARAMETER, anew, with that parameter set to @value and with what the
 * kernel's command line has for it. Its file is NAME.ko in the folder that the environment variable KVM_PV_TESTS_MODULES names; nested
 * hosts have that. False: nothing has changed, as @path is another one, or the module is in use, or does not take the value.
 */
bool host_module_set(const char *path, const char *value);

#endif
