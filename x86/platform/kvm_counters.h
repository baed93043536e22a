/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM's counters, by the channel to the runner, for tests that declare NEED_CHANNEL. */
#ifndef X86_PLATFORM_KVM_COUNTERS_H
#define X86_PLATFORM_KVM_COUNTERS_H

#include "lib/kvm_counters.h"
#include "lib/types.h"

/*
 * The sum of all vCPUs. What this vCPU did before the call is in it, and so are the exits by which it asks. Ends the test as
 * a skip where the host has no such counter, or the runner may not read it.
 */
u64 kvm_count(enum kvm_counter which);

#endif
