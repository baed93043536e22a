/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What KVM_HC_KICK_CPU is for: a lock whose waiters halt.
 *
 * Contract: whoever finds it is not his turn, halts, and is kicked when it is, goes on: wherever
 *           between the look, the HLT and the next look the kick arrives, it is not lost.
 * Source:   hypercalls.rst, KVM_HC_KICK_CPU; guest side: arch/x86/kernel/kvm.c, kvm_wait() and
 *           kvm_kick_cpu().
 * How:      two vCPUs hand a turn to each other. A lost kick is a hang.
 * Needs:    the feature, 2 vCPUs.
 * Cannot show: every moment at which a kick may arrive; the more runs, the more of them.
 */
#include "lib/test.h"
#include "x86/hypercall.h"
#include "x86/kvm_para.h"
#include "x86/needs.h"
#include "x86/smp.h"
#include "x86/timer.h"

#define HANDOVERS 25 /* by each of the two */

static unsigned int turn;

static bool is_turn_of(unsigned int index)
{
	return READ_ONCE(turn) % 2 == index;
}

/* The boot processor leaves interrupts on, so that its watchdog can tell of a hang. */
static void wait_for_turn(unsigned int index)
{
	while (!is_turn_of(index)) {
		irq_disable();
		if (is_turn_of(index))
			irq_enable();
		else if (index == 0)
			irq_enable_and_halt();
		else
			__asm__ volatile("hlt; sti" : : : "memory");
	}
}

static void hand_over_often(unsigned int index)
{
	for (int i = 0; i < HANDOVERS; i++) {
		wait_for_turn(index);
		WRITE_ONCE(turn, turn + 1);
		EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(1 - index)->apic_id, 0, 0), 0);
	}
}

static void play_second(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	hand_over_often(1);
}

/* [U12] */
TEST(pv_unhalt_lock, no_handover_gets_lost)
{
	turn = 0;
	smp_post(1, play_second, NULL);
	hand_over_often(0);
	smp_wait(1);
	EXPECT_EQ(turn, 2 * HANDOVERS);
}

SUITE(pv_unhalt_lock, .contract = "hypercalls.rst, KVM_HC_KICK_CPU",
      .needs.features = BIT(KVM_FEATURE_PV_UNHALT), .needs.cpus = 2, .needs.conditions = NEED_HYPERCALLS);
