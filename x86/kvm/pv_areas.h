/* SPDX-License-Identifier: BSD-2-Clause */
/* An area for each PV MSR of each vCPU, as of a guest that uses all of them. */
#ifndef X86_KVM_PV_AREAS_H
#define X86_KVM_PV_AREAS_H

#include "x86/kvm/kvm_para.h"

/* Where one vCPU's MSRs point. */
struct pv_areas {
	struct pvclock_vcpu_time_info ALIGNED(64) clock;
	struct pvclock_wall_clock ALIGNED(64) wall;
	struct kvm_steal_time ALIGNED(64) steal;
	struct kvm_vcpu_pv_apf_data ALIGNED(64) async_pf;
	u32 ALIGNED(64) eoi;
};

#define PV_AREAS_CPUS 8u

extern struct pv_areas pv_areas[PV_AREAS_CPUS];

/* How many vCPUs use theirs. */
unsigned int pv_areas_cpus(void);

/* What the MSR of that vCPU holds then. It is 0 for poll control, which is 1 at power-on, and for MSR_KVM_ASYNC_PF_ACK. */
u64 pv_areas_value(u32 msr, unsigned int cpu);

/*
 * On these vCPUs write to each PV MSR that is usable. Returns false if one does not read as it was written. "Page ready"
 * interrupts are taken, and nothing else is done about them.
 */
bool pv_areas_use(void);

#endif
