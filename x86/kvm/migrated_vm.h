/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One migration to another host, and what the guest saw of it: the first test that calls migrated_once() prepares all vCPUs and
 * has the VM moved; all tests of the suite check what was seen then.
 */
#ifndef X86_KVM_MIGRATED_VM_H
#define X86_KVM_MIGRATED_VM_H

#include "x86/cpu/processor.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/platform/channel.h"

/* Each has something to do meanwhile. */
#define MIGRATED_CPUS	4u
#define MIGRATED_READER 1 /* reads kvmclock in a loop, with interrupts pending that it does not take */
#define MIGRATED_HALTED 2 /* in a HLT with interrupts off, where PV_UNHALT is advertised */
#define MIGRATED_SLEEPS 3 /* in a HLT that its timer is to end */

#define MIGRATED_VECTORS    3
#define MIGRATED_MSRS_MAX   16
#define MIGRATED_LEAVES_MAX 128

struct migrated_leaf {
	u32 leaf, subleaf;
	struct cpuid registers;
};

/* What one vCPU sees. */
struct migrated_view {
	u64 msrs[MIGRATED_MSRS_MAX]; /* as in pv_msrs, of those that are usable */
	u32 faults[MIGRATED_MSRS_MAX];
	struct migrated_leaf leaves[MIGRATED_LEAVES_MAX];
	unsigned int leaf_count;
	u64 steal_ns;
	bool told_to_stop; /* PVCLOCK_GUEST_STOPPED */
	bool stable;
};

struct migrated_vm {
	bool done; /* the VM was moved, and all below is known */
	struct migrated_view before[MIGRATED_CPUS], after[MIGRATED_CPUS];
	bool seen[MIGRATED_CPUS]; /* the vCPU could be asked afterwards */
	u64 looked_apart_ns; /* from before to after, by the hosts' clocks, and no less */
	struct channel_migrate channel;

	/* Of vCPU 0, which asked in the handler of an interrupt. */
	struct stood_passed passed;
	u64 clock_khz; /* before */
	bool in_service_before, in_service_after, in_service_at_last;
	unsigned int taken, taken_later, sent_later, want_later;
	unsigned int wake_all_before, wake_all_after, ready_after;

	/* Of the others. */
	u64 readings, backward_ns;
	unsigned int pending_before, pending_after; /* bits, one for each of the vectors */
	unsigned int pending_taken_early, pending_taken[MIGRATED_VECTORS];
	bool halt_lasted, kicked;
	u64 sleep_ns, slept_ns; /* wanted, and done; 0: it did not wake up */
	bool woke_before;
};

extern struct migrated_vm migrated_vm;

void migrated_once(void);

#endif
