/* SPDX-License-Identifier: BSD-2-Clause */
/* One kvmclock area for each vCPU, as a guest has them, and the flag that the host sets there. */
#ifndef X86_KVM_PVCLOCK_AREAS_H
#define X86_KVM_PVCLOCK_AREAS_H

#include "x86/kvm/kvm_para.h"

/* The calling vCPU's area: 64-byte aligned, so that no two vCPUs share a cache line. */
struct pvclock_vcpu_time_info *pvclock_own_area(void);

/*
 * Register the calling vCPU's area through the new number of the MSR, or through the legacy one, which on vCPU 0 turns
 * the master clock off. The argument is unused: these are work for smp_call().
 */
void pvclock_use_new(void *unused);
void pvclock_use_legacy(void *unused);

/* The host has set PVCLOCK_TSC_STABLE_BIT in the calling vCPU's area. */
bool pvclock_own_is_stable(void);

/*
 * Skip the running test unless the host has set the flag in the calling vCPU's area, which is registered by the new
 * number. Where the kernel is told that the host's clocksource is the TSC, the flag has to come, and the test fails.
 */
void pvclock_require_stable(void);

/* How many vCPUs take part where a few show what many would. At most 8. */
unsigned int pvclock_few_cpus(void);

#endif
