/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that moves to another host, with another kernel: timers, interrupts, kicks and page faults.
 *
 * Contract: as of saved_events.c.
 * Source:   as of saved_events.c.
 * How:      vCPU 0 asks to be moved in the handler of an interrupt. The others have interrupts pending, or are halted.
 * Needs:    the channel, four vCPUs, and ./run_tests.sh --migrate.
 * Cannot show: what is lost in a moment that this migration did not meet.
 */
#include "lib/test.h"
#include "x86/kvm/migrated_vm.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/stood_events.h"
#include "x86/kvm/told.h"

#define MIGRATES .budget_ms = 60000

/*
 * The bit in memory, and what KVM remembers of it, are saved by different means: where they do not agree, the interrupt stays
 * in service and blocks those after it, or another one is ended in its place. [E17]
 */
TEST(migrated, an_interrupt_in_service_is_ended_by_pv_eoi, MIGRATES,
     .needs.features = BIT(KVM_FEATURE_PV_EOI), .needs.conditions = NEED_KERNEL_LAPIC)
{
	const struct migrated_vm *m = &migrated_vm;

	migrated_once();
	EXPECT_EQ(m->in_service_after, m->in_service_before);
	EXPECT_TRUE(!m->in_service_at_last, "got the interrupt still in service, want it ended");
	EXPECT_EQ(m->sent_later, m->want_later);
	EXPECT_LE(m->taken_later, told_interrupts_max(m->sent_later));
	pv_eoi_expect_acted();
}

/* KVM keeps them in the local APIC's page, which QEMU sends. */
TEST(migrated, pending_interrupts_arrive_once_each, MIGRATES)
{
	const struct migrated_vm *m = &migrated_vm;

	migrated_once();
	EXPECT_EQ(m->pending_before, (unsigned int)BIT(MIGRATED_VECTORS) - 1);
	EXPECT_EQ(m->pending_after, m->pending_before);
	EXPECT_EQ(m->pending_taken_early, 0u);
	for (unsigned int i = 0; i < MIGRATED_VECTORS; i++) {
		EXPECT_GE(m->pending_taken[i], 1u);
		EXPECT_LE(m->pending_taken[i], told_interrupts_max(1));
	}
}

/* KVM starts its timer again from what was left of it, or from the deadline and the TSC. */
TEST(migrated, a_timer_that_is_pending_fires, MIGRATES)
{
	const struct migrated_vm *m = &migrated_vm;

	migrated_once();
	if (m->woke_before)
		test_skip(UNMET_LUCK, "sleep-over-migration");
	EXPECT_GT(m->slept_ns, 0ull);
	/* The TSC and the timer are saved one after the other, which the host may put off. */
	EXPECT_GE(m->slept_ns + m->passed.save.took_ns, m->sleep_ns);
}

/* The new vCPU has to be told that it is halted (KVM_SET_MP_STATE), or its HLT would end; and of a kick it has to know. [U15] */
TEST(migrated, a_halted_vcpu_stays_halted_and_can_be_kicked, STOOD_NEEDS_KICKS, MIGRATES)
{
	migrated_once();
	EXPECT_TRUE(migrated_vm.kicked, "got no end of vCPU %u's HLT within %u ms of a kick, want one",
		    MIGRATED_HALTED, STOOD_WAKE_MS);
	if (!migrated_vm.halt_lasted)
		test_skip(UNMET_LUCK, "halt-over-migration");
}

/*
 * What the old VM's threads fetch does not reach the new one. So KVM sends the token that wakes up all tasks when QEMU
 * restores MSR_KVM_ASYNC_PF_EN, as at each enabling. [A34]
 */
TEST(migrated, all_that_wait_for_pages_are_woken_up, MIGRATES,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_KERNEL_LAPIC)
{
	const struct migrated_vm *m = &migrated_vm;

	migrated_once();
	EXPECT_EQ(m->wake_all_before, 1u);
	EXPECT_EQ(m->wake_all_after, 2u);
	EXPECT_EQ(m->ready_after, 0u);
}
