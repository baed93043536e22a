/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest cannot see, and KVM counts: yields that give another vCPU the CPU.
 *
 * Contract: if the vCPU with the APIC ID in the first argument is ready to run and does not run, the host may run it instead
 *           of the caller.
 * Source:   hypercalls.rst, KVM_HC_SCHED_YIELD; arch/x86/kvm/x86.c, kvm_sched_yield(), which counts since Linux 5.13.
 * How:      two vCPUs compete for one CPU of the host; the runner reads KVM's counters (x86/platform/kvm_counters.h).
 * Needs:    the channel, and a runner that may read debugfs; one CPU for both vCPUs.
 * Cannot show: how much sooner the other vCPU runs.
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/kvm_counters.h"

#define CALLS 100

static bool spinning, stop;

static void spin(void *unused)
{
	(void)unused;
	while (!READ_ONCE(stop))
		WRITE_ONCE(spinning, true);
}

#define TURN_MS	  3000
#define YIELDS_MS 10000

/*
 * Both vCPUs want to run on one CPU of the host: while vCPU 0 runs, vCPU 1 is ready. Some of the yields may fail, as those
 * while the host has something else to do for vCPU 1. [Y04]
 */
TEST(counted_shared_cpu, a_yield_to_a_preempted_vcpu_succeeds, .budget_ms = 20000)
{
	u64 before = kvm_count(KVM_COUNTER_YIELDS_DONE), end = timer_ns() + YIELDS_MS * NS_PER_MS, done = 0;

	spinning = stop = false;
	smp_post(1, spin, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(spinning), TURN_MS),
		    "got vCPU 1 not started after %u ms, want it running", TURN_MS);
	while (!done && timer_ns() < end) {
		for (int i = 0; i < CALLS; i++)
			EXPECT_EQ(hypercall(KVM_HC_SCHED_YIELD, smp_cpu(1)->apic_id, 0, 0, 0), 0);
		done = kvm_count(KVM_COUNTER_YIELDS_DONE) - before;
	}
	WRITE_ONCE(stop, true);
	smp_wait(1);
	EXPECT_GT(done, 0ull);
}

SUITE(counted_shared_cpu, .contract = "hypercalls.rst, KVM_HC_SCHED_YIELD",
      .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD), .needs.cpus = 2,
      .needs.conditions = NEED_CHANNEL | NEED_HYPERCALLS | NEED_SHARED_CPU | NEED_NO_XEN);
