/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reset of the VM before the tests, for the argument reset=. The kernel boots twice: the first time it writes PV MSRs and
 * resets the VM, before it prints anything; the second time it runs the tests. The runner counts the boots.
 */
#ifndef X86_KVM_VM_RESET_H
#define X86_KVM_VM_RESET_H

#include "x86/kvm/kvm_para.h"

/* Where one vCPU's MSRs pointed before the reset: at the same addresses as now, for it is the same kernel. */
struct vm_reset_areas {
	struct pvclock_vcpu_time_info ALIGNED(64) clock;
	struct pvclock_wall_clock ALIGNED(64) wall;
	struct kvm_steal_time ALIGNED(64) steal;
	struct kvm_vcpu_pv_apf_data ALIGNED(64) async_pf;
	u32 ALIGNED(64) eoi;
};

#define VM_RESET_CPUS 8u

extern struct vm_reset_areas vm_reset_areas[VM_RESET_CPUS];

/* Take in the value of reset=: runner, port, keyboard or triple-fault. False: it is none of these. */
bool vm_reset_parse(const char *way);

/* Reset the VM if reset= was given and this is the first boot. */
void vm_reset_before_tests(void);

/* The VM was reset so before. */
bool vm_was_reset(void);

#endif
