/* SPDX-License-Identifier: BSD-2-Clause */
/* What the vCPUs but the first one do while the VM moves to another host. For migrated_vm.c. */
#ifndef X86_KVM_MIGRATED_WORKERS_H
#define X86_KVM_MIGRATED_WORKERS_H

#include "lib/types.h"

/* Each is at its place when this returns. */
void migrated_start_workers(void);
bool migrated_sleeper_woke(void);
/* Ends what they do, and fills in what they saw. One that does not end goes on. */
void migrated_end_workers(void);

#endif
