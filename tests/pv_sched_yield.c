/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Yielding to another vCPU: KVM_HC_SCHED_YIELD.
 *
 * Contract: if the vCPU with the APIC ID in the first argument is ready to run and does not run, the
 *           host may run it instead of the caller. The result is always 0, whether there is such a
 *           vCPU or not, and whatever it does.
 * Source:   hypercalls.rst, KVM_HC_SCHED_YIELD; arch/x86/kvm/x86.c, kvm_sched_yield().
 * How:      with the APIC IDs of all vCPUs, and with some of none. tests/preempted_vcpu.c has vCPUs
 *           that the host has taken off their CPU.
 * Needs:    the feature alone.
 * Cannot show: that the other one runs earlier; the host's statistics count it
 *           (directed_yield_successful).
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

static s64 yield_to(u64 apic_id)
{
	return hypercall(KVM_HC_SCHED_YIELD, apic_id, 0, 0, 0);
}

/* The first ID is the caller's own, for which KVM has nothing to do. [Y01] */
TEST(pv_sched_yield, yielding_to_any_vcpu_returns_0)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		EXPECT_EQ(yield_to(smp_cpu(i)->apic_id), 0);
}

/* Some of these IDs are beyond the end of KVM's table, which it must check before it looks there. [Y01] */
TEST(pv_sched_yield, yielding_to_nobody_returns_0)
{
	const u64 absent[] = {0xfe, 0x10000, 0x7fffffff, 0xffffffff, 1ull << 32, ~0ull};

	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
		EXPECT_EQ(yield_to(absent[i]), 0);
}

static unsigned int steps;
static bool stop;

static void count_until_told(void *argument)
{
	(void)argument;
	while (!READ_ONCE(stop))
		WRITE_ONCE(steps, steps + 1);
}

/* If both share a CPU, the other one runs in the next time slice; on a crowded host a few later. */
#define TURN_MS	  3000
#define ROUNDS	  10
#define ROUNDS_NS (100 * NS_PER_MS)

/* The vCPU has its CPU already. tests/preempted_vcpu.c has the case in which it does not. [Y01] */
TEST(pv_sched_yield, yielding_to_a_running_vcpu_stops_neither, .needs.cpus = 2, .budget_ms = 20000)
{
	u64 end = timer_ns() + ROUNDS_NS;

	stop = false;
	steps = 0;
	smp_post(1, count_until_told, NULL);
	for (int i = 0; i < ROUNDS && (i == 0 || timer_ns() < end); i++) {
		unsigned int before = READ_ONCE(steps);

		ASSERT_TRUE(timer_wait_until(READ_ONCE(steps) != before, TURN_MS),
			    "got no step of vCPU 1 within %u ms, want one", TURN_MS);
		EXPECT_EQ(yield_to(smp_cpu(1)->apic_id), 0);
	}
	WRITE_ONCE(stop, true);
	smp_wait(1);
}

SUITE(pv_sched_yield, .contract = "hypercalls.rst, KVM_HC_SCHED_YIELD",
      .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD), .needs.conditions = NEED_HYPERCALLS);
