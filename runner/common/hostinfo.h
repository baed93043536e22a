/* SPDX-License-Identifier: BSD-2-Clause */
/* Which host this is: kernel, processor, KVM module and its parameters. */
#ifndef RUNNER_COMMON_HOSTINFO_H
#define RUNNER_COMMON_HOSTINFO_H

#include <jansson.h>

/*
 * {release, version, cpu_model, qemu_version: null, kvm_module, kvm_parameters: {module: {name:
 * value}}}
 */
json_t *hostinfo_collect(void);

#endif
