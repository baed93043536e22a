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
 * pvclock_use_new() on vCPUs 0 to count - 1, which turns the master clock on where it was off. Unless vCPU 0 then has the
 * flag, the test ends: it fails where the runner says that the host's clocksource is the TSC (tsc-clock=on), or where an
 * earlier test has seen the flag; else it is skipped. vCPU 0 calls this.
 */
void pvclock_require_stable(unsigned int count);

/* WRMSR of the calling vCPU's area to the MSR. Returns how long that took, in ns, which bounds the host's own error in it. */
u64 pvclock_timed_use(u32 msr);

/*
 * By how much the host's clocks may run faster or slower than kvmclock, in ppm: now, as the runner tells it; and if it may
 * have changed since.
 */
u64 pvclock_drift_max_ppm(void);
u64 pvclock_rate_max_ppm(void);

/* How many vCPUs take part where a few show what many would. At most 8. */
unsigned int pvclock_few_cpus(void);

#endif
