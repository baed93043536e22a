/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM's counters that the guest may ask the runner for (docs/channel.md). Shared by the kernel and the runner: a request has
 * the number, and KVM the name, in debugfs. Source: arch/x86/kvm/x86.c, kvm_vcpu_stats_desc[]; debugfs_entries[] before Linux
 * 5.14.
 */
#ifndef LIB_KVM_COUNTERS_H
#define LIB_KVM_COUNTERS_H

/*
 * X(NAME, KVM's name):
 *	EXITS			exits of vCPUs from the guest, for whatever reason; in nested guests, too
 *	HYPERCALLS		hypercalls of KVM's and of Hyper-V's interface, whatever their result
 *	HALT_POLLS		HLTs in which the host polled before it blocked the vCPU
 *	YIELDS			calls of KVM_HC_SCHED_YIELD, and kicks, which yield to the vCPU; since Linux 5.13
 *	YIELDS_DONE		of these, where the scheduler runs the other vCPU instead; since Linux 5.13
 *	TLB_FLUSHES		drops of all of a vCPU's translations, on behalf of the guest or of the host
 *	PREEMPTIONS		of vCPUs after an interrupt of the host's: these alone mark them as preempted; since Linux 5.19
 *	OTHER_DEPARTURES	of vCPUs from their CPU, for another reason, and to the VMM; since Linux 5.19
 */
#define KVM_COUNTERS(X)                             \
	X(EXITS, "exits")                           \
	X(HYPERCALLS, "hypercalls")                 \
	X(HALT_POLLS, "halt_attempted_poll")        \
	X(YIELDS, "directed_yield_attempted")       \
	X(YIELDS_DONE, "directed_yield_successful") \
	X(TLB_FLUSHES, "tlb_flush")                 \
	X(PREEMPTIONS, "preemption_reported")       \
	X(OTHER_DEPARTURES, "preemption_other")

enum kvm_counter {
#define KVM_COUNTER_ENUMERATOR(name, word) KVM_COUNTER_##name,
	KVM_COUNTERS(KVM_COUNTER_ENUMERATOR)
#undef KVM_COUNTER_ENUMERATOR
};

#endif
