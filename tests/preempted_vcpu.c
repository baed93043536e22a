/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls whose target is a vCPU that the host has taken off its CPU: yields, kicks and IPIs.
 *
 * Contract: KVM_HC_SCHED_YIELD returns 0, and both vCPUs go on, whether the host runs the other one or not. A vCPU that
 *           was kicked while it was off its CPU does not wait in its next HLT. An interrupt counts as delivered when it
 *           is sent, and the vCPU takes it when it runs again.
 * Source:   hypercalls.rst; arch/x86/kvm: kvm_sched_yield(), kvm_pv_kick_cpu_op(), kvm_pv_send_ipi(); guest side:
 *           arch/x86/kernel/kvm.c, kvm_smp_send_call_func_ipi().
 * How:      vCPU 1 counts, and does nothing that would make it leave its CPU. When its preempted byte is set it is
 *           ready to run and does not run. That lasts until vCPU 0 has made its hypercall, since both share one CPU.
 * Needs:    all vCPUs on one host CPU; steal time, which has the byte.
 * Cannot show: that the target runs sooner than without the yield: hosts may ignore one. Their statistics count those
 *           that they do not (directed_yield_successful).
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"

#define VECTOR 0x53
/* Within this time a host interrupts a vCPU that competes for its CPU. */
#define FIRST_MS 5000
/* vCPU 1 runs when this vCPU's time slice is over; on a crowded host a few slices later. */
#define TURN_MS 3000
/* A few time slices, of which a round takes one or none. */
#define ROUNDS_NS (100 * NS_PER_MS)

static struct kvm_steal_time area; /* vCPU 1's */
static bool stop, halt, woke;
static unsigned int steps, taken;

static void count_until_stopped(void *argument)
{
	(void)argument;
	timer_watchdog_stop(); /* vCPU 0's watchdog is for both; a timer here would end a HLT */
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&area | KVM_MSR_ENABLED);
	while (!READ_ONCE(stop)) {
		WRITE_ONCE(steps, steps + 1);
		if (READ_ONCE(halt)) {
			irq_disable();
			__asm__ volatile("hlt; sti" : : : "memory");
			WRITE_ONCE(halt, false);
			WRITE_ONCE(woke, true);
		}
	}
	wrmsr(MSR_KVM_STEAL_TIME, 0);
}

static void start_counting(void)
{
	area = (struct kvm_steal_time){0};
	stop = halt = woke = false;
	steps = 0;
	smp_post(1, count_until_stopped, NULL);
}

static void stop_counting(void)
{
	WRITE_ONCE(stop, true);
	smp_wait(1);
}

static void wait_until_preempted(void)
{
	ASSERT_TRUE(timer_wait_until(READ_ONCE(area.preempted), FIRST_MS),
		    "vCPU 1's preempted byte: got 0 for %u ms, want it set", FIRST_MS);
}

static void expect_steps_after(unsigned int before)
{
	ASSERT_TRUE(timer_wait_until(READ_ONCE(steps) != before, TURN_MS),
		    "got no step of vCPU 1 within %u ms of losing its CPU, want one", TURN_MS);
}

static s64 yield_to(u32 apic_id)
{
	return hypercall(KVM_HC_SCHED_YIELD, apic_id, 0, 0, 0);
}

/*
 * kvm_sched_yield() may pass the caller's time on to a vCPU that can run and does not. It returns 0 whether the
 * scheduler accepts that or not. [Y02]
 */
TEST(preempted_vcpu, yielding_to_it_returns_0_and_it_runs_on, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD))
{
	u64 start = timer_ns();

	start_counting();
	do {
		unsigned int before;

		wait_until_preempted();
		before = READ_ONCE(steps);
		EXPECT_EQ(yield_to(smp_cpu(1)->apic_id), 0);
		expect_steps_after(before);
	} while (timer_ns() - start < ROUNDS_NS);
	stop_counting();
}

/* To the caller itself, and to an absent vCPU: there KVM has nothing to wait for. [Y01 Y02] */
TEST(preempted_vcpu, yielding_to_others_meanwhile_returns_0, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD))
{
	unsigned int before;

	start_counting();
	wait_until_preempted();
	before = READ_ONCE(steps);
	EXPECT_EQ(yield_to(smp_cpu(0)->apic_id), 0);
	EXPECT_EQ(yield_to(APIC_ID_ABSENT), 0);
	expect_steps_after(before);
	stop_counting();
}

/* By each vCPU. With a time slice for each yield, at most 100 ms, they take half of the budget. */
#define YIELDS 50

static unsigned int yields[2];

static void yield_to_each_other(void *argument)
{
	unsigned int self = this_cpu()->index;

	(void)argument;
	while (READ_ONCE(yields[0]) < YIELDS || READ_ONCE(yields[1]) < YIELDS) {
		EXPECT_EQ(yield_to(smp_cpu(1 - self)->apic_id), 0);
		__atomic_add_fetch(&yields[self], 1, __ATOMIC_SEQ_CST);
	}
}

/* If either starved, the other would yield for ever. [Y02] */
TEST(preempted_vcpu, two_that_yield_to_each_other_both_go_on, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD))
{
	yields[0] = yields[1] = 0;
	smp_post(1, yield_to_each_other, NULL);
	yield_to_each_other(NULL);
	smp_wait(1);
	EXPECT_GE(yields[0], YIELDS);
	EXPECT_GE(yields[1], YIELDS);
}

/*
 * KVM must remember the kick until the vCPU is back on its CPU and halts. The vCPU is told to halt after the kick, so
 * that this HLT is the first one after it. [U03]
 */
TEST(preempted_vcpu, a_kick_ends_its_next_halt, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_PV_UNHALT))
{
	start_counting();
	wait_until_preempted();
	EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(1)->apic_id, 0, 0), 0);
	WRITE_ONCE(halt, true);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(woke), TURN_MS),
		    "the kick did not wake vCPU 1: got no end of its HLT within %u ms, want one", TURN_MS);
	stop_counting();
}

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
	apic_eoi();
	return true;
}

/*
 * The IPI is sent twice. KVM counts two, although for vCPU 1, if it does not run in between, both are one interrupt.
 * [I19]
 */
TEST(preempted_vcpu, an_ipi_counts_at_once_and_arrives_later, .budget_ms = 20000,
     .needs.features = BIT(KVM_FEATURE_PV_SEND_IPI))
{
	taken = 0;
	trap_set_handler(VECTOR, on_interrupt);
	start_counting();
	wait_until_preempted();
	EXPECT_EQ(hypercall(KVM_HC_SEND_IPI, 1, 0, smp_cpu(1)->apic_id, VECTOR), 1);
	EXPECT_EQ(hypercall(KVM_HC_SEND_IPI, 1, 0, smp_cpu(1)->apic_id, VECTOR), 1);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken), TURN_MS),
		    "vCPU 1 got no interrupt at vector %#x within %u ms, want one", VECTOR, TURN_MS);
	stop_counting();
	EXPECT_LE(taken, told_interrupts_max(2));
}

SUITE(preempted_vcpu, .contract = "hypercalls.rst", .needs.features = BIT(KVM_FEATURE_STEAL_TIME),
      .needs.cpus = 2, .needs.conditions = NEED_HYPERCALLS | NEED_SHARED_CPU);
