/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest cannot see, and KVM counts: yields that give another vCPU the CPU, and preemptions.
 *
 * Contract: if the vCPU with the APIC ID in the first argument is ready to run and does not run, the host may run it instead
 *           of the caller. A vCPU that is marked as preempted is counted as preempted.
 * Source:   hypercalls.rst, KVM_HC_SCHED_YIELD; arch/x86/kvm/x86.c, kvm_sched_yield(), which counts since Linux 5.13, and
 *           kvm_steal_time_set_preempted(), since 5.19.
 * How:      two vCPUs compete for one CPU of the host; the runner reads KVM's counters (x86/platform/kvm_counters.h).
 * Needs:    the channel, and a runner that may read debugfs; one CPU for both vCPUs.
 * Cannot show: how much sooner the other vCPU runs.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/kvm_counters.h"

#define CALLS 100

static unsigned int steps;
static bool stop;

static void spin(void *unused)
{
	(void)unused;
	while (!READ_ONCE(stop))
		WRITE_ONCE(steps, steps + 1);
}

static void spin_with_steal_time(void *area)
{
	wrmsr(MSR_KVM_STEAL_TIME, (u64)area | KVM_MSR_ENABLED);
	spin(NULL);
	wrmsr(MSR_KVM_STEAL_TIME, 0);
}

#define TURN_MS	  3000
#define YIELDS_MS 10000

static void start(void (*function)(void *), void *argument)
{
	stop = false;
	steps = 0;
	smp_post(1, function, argument);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(steps), TURN_MS),
		    "got vCPU 1 not started after %u ms, want it running", TURN_MS);
}

/*
 * Both vCPUs want to run on one CPU of the host: while vCPU 0 runs, vCPU 1 is ready. Some of the yields may fail, as those
 * while the host has something else to do for vCPU 1. [Y04]
 */
TEST(counted_shared_cpu, a_yield_to_a_preempted_vcpu_succeeds, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD), .needs.conditions = NEED_HYPERCALLS)
{
	u64 before = kvm_count(KVM_COUNTER_YIELDS_DONE), end = timer_ns() + YIELDS_MS * NS_PER_MS, done = 0;

	start(spin, NULL);
	while (!done && timer_ns() < end) {
		for (int i = 0; i < CALLS; i++)
			EXPECT_EQ(hypercall(KVM_HC_SCHED_YIELD, smp_cpu(1)->apic_id, 0, 0, 0), 0);
		done = kvm_count(KVM_COUNTER_YIELDS_DONE) - before;
	}
	WRITE_ONCE(stop, true);
	smp_wait(1);
	EXPECT_GT(done, 0ull);
}

#define MARKS 3

/*
 * KVM counts before it marks, and counts those preemptions, too, that it does not mark because the vCPU is marked already. What
 * it counts, it counts up: kvm_count() itself makes departures to the VMM. [S31]
 */
TEST(counted_shared_cpu, each_mark_is_a_counted_preemption, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_STEAL_TIME))
{
	static struct kvm_steal_time area;
	u64 preemptions = kvm_count(KVM_COUNTER_PREEMPTIONS),
	    others = kvm_count(KVM_COUNTER_OTHER_DEPARTURES);

	start(spin_with_steal_time, &area);
	for (int i = 0; i < MARKS; i++) {
		unsigned int before = READ_ONCE(steps);

		ASSERT_TRUE(timer_wait_until(READ_ONCE(area.preempted), TURN_MS),
			    "vCPU 1's preempted byte: got 0 for %u ms, want it set", TURN_MS);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(steps) != before, TURN_MS),
			    "got no step of vCPU 1 within %u ms of losing its CPU, want one", TURN_MS);
	}
	WRITE_ONCE(stop, true);
	smp_wait(1);
	EXPECT_GE((s64)(kvm_count(KVM_COUNTER_PREEMPTIONS) - preemptions), MARKS);
	EXPECT_GE((s64)(kvm_count(KVM_COUNTER_OTHER_DEPARTURES) - others), 0);
}

SUITE(counted_shared_cpu, .contract = "hypercalls.rst, KVM_HC_SCHED_YIELD; msr.rst, MSR_KVM_STEAL_TIME",
      .needs.cpus = 2, .needs.conditions = NEED_CHANNEL | NEED_SHARED_CPU | NEED_NO_XEN);
