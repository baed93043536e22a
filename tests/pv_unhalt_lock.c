/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What KVM_HC_KICK_CPU is for: a lock whose waiters halt.
 *
 * Contract: a vCPU that finds that it is not its turn, halts, and is kicked when it is its turn goes on.
 *           No kick is lost, whether it arrives before the HLT, during it, or before the next look.
 * Source:   hypercalls.rst, KVM_HC_KICK_CPU; guest side: arch/x86/kernel/kvm.c, kvm_wait() and
 *           kvm_kick_cpu().
 * How:      two vCPUs hand a turn to each other. A lost kick is a hang. They wait between the look and the HLT, each
 *           time a little longer, so that the kick arrives before the HLT or after it.
 * Needs:    the feature, 2 vCPUs; for contention one more, which spins meanwhile.
 * Cannot show: every moment at which a kick may arrive; more runs show more of them.
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

#define HANDOVERS 50
/* A few hundred handovers in a nested VM, and ten thousand on hardware. */
#define STRESS_NS (100 * NS_PER_MS)
/* From 0 to more than a kick takes from one vCPU to the other: 0.1 ms in a nested VM. */
#define DELAY_STEP_NS 3000
#define DELAY_STEPS   64

static unsigned int turn;
static bool over;

static bool goes_on(unsigned int index)
{
	return READ_ONCE(turn) % 2 == index || READ_ONCE(over);
}

/* vCPU 0 leaves interrupts on in HLT, so that its watchdog can report a hang. */
static void wait_for_turn(unsigned int index)
{
	u64 delay_ns = READ_ONCE(turn) % DELAY_STEPS * DELAY_STEP_NS;

	while (!goes_on(index)) {
		irq_disable();
		if (goes_on(index)) {
			irq_enable();
			return;
		}
		timer_spin(delay_ns);
		if (index == 0)
			irq_enable_and_halt();
		else
			__asm__ volatile("hlt; sti" : : : "memory");
	}
}

static void hand_over(unsigned int index)
{
	WRITE_ONCE(turn, turn + 1);
	EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(1 - index)->apic_id, 0, 0), 0);
}

static void play_second(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	for (;;) {
		wait_for_turn(1);
		if (READ_ONCE(over))
			return;
		hand_over(1);
	}
}

static void play(void)
{
	u64 start = timer_ns();

	turn = 0;
	over = false;
	smp_post(1, play_second, NULL);
	while (turn < HANDOVERS || timer_ns() - start < STRESS_NS) {
		wait_for_turn(0);
		hand_over(0);
	}
	wait_for_turn(0);
	WRITE_ONCE(over, true);
	hand_over(0);
	smp_wait(1);
	EXPECT_GE(turn, HANDOVERS);
}

/*
 * A kick may arrive between a waiter's last look at the lock and its HLT. KVM has to remember it (pv_unhalted), or the
 * waiter never wakes up. [U12]
 */
TEST(pv_unhalt_lock, no_handover_gets_lost, .budget_ms = 20000)
{
	play();
}

static void spin(void *argument)
{
	(void)argument;
	while (!READ_ONCE(over))
		pause();
}

/*
 * Where they share CPUs with a vCPU that spins, they lose theirs at any moment, and wait for it after each kick. With a
 * bad scheduler that is a time slice for each handover. [U12]
 */
TEST(pv_unhalt_lock, no_handover_gets_lost_while_others_spin, .needs.cpus = 3, .budget_ms = 20000)
{
	over = false;
	for (unsigned int i = 2; i < MIN(smp_cpus_online(), 4u); i++)
		smp_post(i, spin, NULL);
	play();
	for (unsigned int i = 2; i < MIN(smp_cpus_online(), 4u); i++)
		smp_wait(i);
}

SUITE(pv_unhalt_lock, .contract = "hypercalls.rst, KVM_HC_KICK_CPU",
      .needs.features = BIT(KVM_FEATURE_PV_UNHALT), .needs.cpus = 2,
      .needs.conditions = NEED_HYPERCALLS | NEED_HLT_EXITS);
