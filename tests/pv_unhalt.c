/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waking a halted vCPU without an interrupt: KVM_HC_KICK_CPU.
 *
 * Contract: the hypercall ends the HLT of the vCPU with the APIC ID in its second argument, with
 *           interrupts on or off, and does not change that vCPU's APIC. If the vCPU is not halted
 *           at the time, its next HLT ends at once; but several kicks count as one. The result is
 *           0, whether there is such a vCPU or not.
 * Source:   hypercalls.rst, KVM_HC_KICK_CPU; arch/x86/kvm: kvm_pv_kick_cpu_op(), pv_unhalted in
 *           __apic_accept_irq().
 * How:      vCPU 1 halts without a timer of its own, so that nothing but a kick ends its HLT.
 * Needs:    the feature, 2 vCPUs.
 * Cannot show: how long it takes. A HLT may also end for a reason of the host's own, such as memory
 *           that it had to fetch: so a HLT that must last is tried up to 5 times, and has to last
 *           once.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/vectors.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

/* A vCPU may be off its CPU for 100 ms, several times in a row. */
#define WAKE_MS 3000
/* Long enough for a wrong wake-up to show, unless the vCPU is off its CPU just then; the tests try more than once. */
#define SLEEP_NS (2 * NS_PER_MS)
#define TRIES	 5

static bool ready, go, woke, woke_once;

static void kick(u32 apic_id)
{
	EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, apic_id, 0, 0), 0);
}

static void kick_vcpu_1(void)
{
	kick(smp_cpu(1)->apic_id);
}

/* The work of vCPU 1. Each of these stops its timer first; vCPU 0's watchdog is for both. */
static void halt_with_interrupts_off(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(ready, true);
	cpu_halt();
	WRITE_ONCE(woke, true);
}

static void halt_with_interrupts_on(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	WRITE_ONCE(ready, true);
	irq_enable_and_halt();
	WRITE_ONCE(woke, true);
}

static void halt_twice_when_told(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(ready, true);
	while (!READ_ONCE(go))
		pause();
	cpu_halt();
	WRITE_ONCE(woke_once, true);
	cpu_halt();
	WRITE_ONCE(woke, true);
}

static void start(void (*work)(void *argument))
{
	ready = go = woke = woke_once = false;
	smp_post(1, work, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready), WAKE_MS),
		    "got vCPU 1 not started after %u ms, want it running", WAKE_MS);
}

static bool stays_halted(void)
{
	timer_spin(SLEEP_NS);
	return !READ_ONCE(woke);
}

static void expect_woken(void)
{
	ASSERT_TRUE(timer_wait_until(READ_ONCE(woke), WAKE_MS),
		    "the kick did not wake vCPU 1: got no end of its HLT within %u ms, want one", WAKE_MS);
	smp_wait(1);
}

static void halt_vcpu_1(void (*work)(void *argument))
{
	for (int i = 0; i < TRIES; i++) {
		start(work);
		if (stays_halted())
			return;
		smp_wait(1);
	}
	ASSERT_TRUE(stays_halted(),
		    "got an end of vCPU 1's HLT without a kick in each of %d tries, want one HLT that lasts",
		    TRIES);
}

/*
 * With interrupts off only a kick, an NMI, an SMI or INIT ends a HLT: so halt Linux's waiters for a lock whose callers
 * had interrupts off. [U01]
 */
TEST(pv_unhalt, a_kick_ends_a_halt_with_interrupts_off)
{
	halt_vcpu_1(halt_with_interrupts_off);
	kick_vcpu_1();
	expect_woken();
}

/*
 * Linux's waiters halt with interrupts on where the caller had them on. KVM has to look for the kick as well as for
 * interrupts. [U02]
 */
TEST(pv_unhalt, a_kick_ends_a_halt_with_interrupts_on)
{
	halt_vcpu_1(halt_with_interrupts_on);
	kick_vcpu_1();
	expect_woken();
}

/*
 * Two kicks while vCPU 1 runs: its next HLT ends at once, the one after that does not. In between something else may
 * wake the vCPU, which takes the kick along; that is rare. [U03 U04]
 */
TEST(pv_unhalt, kicks_before_a_halt_end_just_the_next_one)
{
	bool slept = false;

	for (int i = 0; i < TRIES && !slept; i++) {
		start(halt_twice_when_told);
		kick_vcpu_1();
		kick_vcpu_1();
		WRITE_ONCE(go, true);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(woke_once), WAKE_MS),
			    "a kick before HLT: got no end of vCPU 1's next HLT within %u ms, want one",
			    WAKE_MS);
		slept = stays_halted();
		kick_vcpu_1();
		expect_woken();
	}
	EXPECT_TRUE(slept, "two kicks before HLT: got two HLTs of vCPU 1 ended in each of %d tries, want one",
		    TRIES);
}

static void kick_self_and_halt(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	kick_vcpu_1();
	irq_disable();
	WRITE_ONCE(ready, true);
	cpu_halt();
	WRITE_ONCE(woke, true);
}

/*
 * KVM looks the APIC ID up and does not leave the caller out: it remembers the kick in pv_unhalted, and the next HLT
 * ends at once. [U05]
 */
TEST(pv_unhalt, a_vcpu_can_kick_itself)
{
	start(kick_self_and_halt);
	expect_woken();
}

/* One more than the highest ID; but not 0xff, which reaches all vCPUs in xAPIC mode. */
static u32 absent_apic_id(void)
{
	u32 id = 0;

	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		id = MAX(id, smp_cpu(i)->apic_id + 1);
	return id == 0xff ? 0x100 : id;
}

/*
 * KVM wakes the vCPU that has the APIC ID and no other. An absent ID is no error, but must not be taken for a near one.
 * [U06]
 */
TEST(pv_unhalt, a_kick_of_somebody_else_ends_nothing)
{
	const u32 others[] = {smp_cpu(0)->apic_id, absent_apic_id(), 0x10000, 0x7fffffff, 0xfffffffe};
	bool slept = false;

	for (int i = 0; i < TRIES && !slept; i++) {
		halt_vcpu_1(halt_with_interrupts_off);
		for (unsigned int other = 0; other < ARRAY_SIZE(others); other++)
			kick(others[other]);
		slept = stays_halted();
		kick_vcpu_1();
		expect_woken();
	}
	EXPECT_TRUE(slept,
		    "kicks of other APIC IDs: got an end of vCPU 1's HLT in each of %d tries, want none",
		    TRIES);
}

/* KVM_HC_VAPIC_POLL_IRQ comes right before the kick in KVM's code, and has no arguments. [U18] */
TEST(pv_unhalt, another_hypercall_is_no_kick)
{
	bool slept = false;

	for (int i = 0; i < TRIES && !slept; i++) {
		halt_vcpu_1(halt_with_interrupts_off);
		EXPECT_EQ(hypercall(KVM_HC_VAPIC_POLL_IRQ, 0, smp_cpu(1)->apic_id, 0, 0), 0);
		slept = stays_halted();
		kick_vcpu_1();
		expect_woken();
	}
	EXPECT_TRUE(slept, "KVM_HC_VAPIC_POLL_IRQ: got an end of vCPU 1's HLT in each of %d tries, want none",
		    TRIES);
}

/* Except for the wake-up of smp_post(), which may still be pending. */
static void expect_nothing_in_apic(void *argument)
{
	(void)argument;
	halt_with_interrupts_off(NULL);
	for (u32 vector = 0; vector < 256; vector += 32) {
		u32 wake_up = vector == (WAKE_VECTOR & ~31u) ? BIT(WAKE_VECTOR % 32) : 0;

		EXPECT_EQ(apic_read(APIC_IRR + vector / 32 * 0x10) & ~wake_up, 0);
		EXPECT_EQ(apic_read(APIC_ISR + vector / 32 * 0x10), 0);
	}
}

/* An interrupt of any vector would fail the test, too, since no handler takes it. [U07] */
TEST(pv_unhalt, a_kick_is_no_interrupt)
{
	start(expect_nothing_in_apic);
	kick_vcpu_1();
	expect_woken();
}

/* Before Linux 7 the kick may show later, as a HLT that ends at once, which is legal. [U10] */
TEST(pv_unhalt, a_kick_while_waiting_for_startup_does_no_harm)
{
	smp_send_init(1);
	kick_vcpu_1();
	timer_spin(SLEEP_NS);
	EXPECT_TRUE(smp_startup(1), "got vCPU 1 not started after %u ms, want it running", WAKE_MS);
}

SUITE(pv_unhalt, .contract = "hypercalls.rst, KVM_HC_KICK_CPU", .needs.features = BIT(KVM_FEATURE_PV_UNHALT),
      .needs.cpus = 2, .needs.conditions = NEED_HYPERCALLS | NEED_HLT_EXITS);
