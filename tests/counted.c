/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest cannot see, and KVM counts: hypercalls, yields and kicks.
 *
 * Contract: each hypercall reaches KVM once. KVM_HC_SCHED_YIELD returns 0 whatever the host does, so only the host's counters
 *           tell that it considers each yield. tests/counted_shared_cpu.c has those that succeed.
 * Source:   hypercalls.rst, KVM_HC_SCHED_YIELD; arch/x86/kvm/x86.c: kvm_emulate_hypercall(), kvm_sched_yield(), which counts
 *           since Linux 5.13.
 * How:      the runner reads KVM's counters before and after (x86/platform/kvm_counters.h). Asking makes exits, but no hypercall.
 * Needs:    the channel, and a runner that may read debugfs.
 * Cannot show: what becomes of a yield.
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/kvm_counters.h"

#define CALLS 100

/* KVM counts a hypercall when it has the result, so one that it serves twice, or not at all, shows. [H11] */
TEST(counted, each_hypercall_reaches_kvm_once)
{
	u64 before = kvm_count(KVM_COUNTER_HYPERCALLS);

	for (int i = 0; i < CALLS; i++)
		EXPECT_EQ(hypercall(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0), 0);
	EXPECT_EQ(kvm_count(KVM_COUNTER_HYPERCALLS) - before, (u64)CALLS);
}

static s64 yield_to(unsigned int cpu)
{
	return hypercall(KVM_HC_SCHED_YIELD, smp_cpu(cpu)->apic_id, 0, 0, 0);
}

/* A host that answers 0 and does nothing keeps the letter of the contract, and costs an exit for nothing. [Y04] */
TEST(counted, each_yield_is_considered, .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD), .needs.cpus = 2)
{
	u64 before = kvm_count(KVM_COUNTER_YIELDS);

	for (int i = 0; i < CALLS; i++)
		EXPECT_EQ(yield_to(1), 0);
	EXPECT_EQ(kvm_count(KVM_COUNTER_YIELDS) - before, (u64)CALLS);
}

/* Linux has the kicked vCPU run first, for it holds the lock now; nobody promises that. */
TEST(counted, a_kick_may_yield_to_the_kicked_vcpu, .needs.features = BIT(KVM_FEATURE_PV_UNHALT),
     .needs.cpus = 2)
{
	u64 before = kvm_count(KVM_COUNTER_YIELDS), yields;

	for (int i = 0; i < CALLS; i++)
		EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(1)->apic_id, 0, 0), 0);
	yields = kvm_count(KVM_COUNTER_YIELDS) - before;
	EXPECT_TRUE(!yields || yields == CALLS, "%u kicks: got %lu yields, want one for each, or none", CALLS,
		    (unsigned long)yields);
	test_observed("a kick %s", yields ? "yields to the kicked vCPU" : "does not yield");
}

SUITE(counted, .contract = "hypercalls.rst",
      .needs.conditions = NEED_CHANNEL | NEED_HYPERCALLS | NEED_NO_XEN);
