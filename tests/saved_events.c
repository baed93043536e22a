/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that is saved, and restored in another process of the VMM: timers, interrupts, kicks and page faults.
 *
 * Contract: what is pending is part of the state. Interrupts arrive afterwards, once each, and so does a timer's; one that is
 *           in service ends as before, by PV EOI or by a write to the APIC; a halted vCPU stays halted, and can be kicked.
 *           Async page faults cannot be saved: the guest is told by one token for all of them.
 * Source:   hypercalls.rst, KVM_HC_KICK_CPU; msr.rst, MSR_KVM_PV_EOI_EN and MSR_KVM_ASYNC_PF_INT; arch/x86/kvm: lapic.c,
 *           kvm_apic_set_state(), x86.c, kvm_arch_vcpu_ioctl_get_mpstate() and kvm_pv_enable_async_pf().
 * How:      the guest asks the runner for a save while something is under way.
 * Needs:    the channel; most tests need two vCPUs.
 * Cannot show: what is lost in a moment that no save of this run met.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/stood_events.h"
#include "x86/kvm/told.h"
#include "x86/platform/channel.h"

#define SAVES	   2
#define SAVES_MS   60000 /* for several saves on a busy host */
#define KICK_TRIES 2
#define SLEEP_MS   200
#define EOI_VECTOR 0x51
#define EOIS	   12

static void save_vm(void)
{
	struct channel_save save;

	channel_save(0, &save);
}

/* KVM keeps them in the local APIC's page, which QEMU saves. */
TEST(saved, pending_interrupts_arrive_once_each, .budget_ms = SAVES_MS)
{
	stood_check_pending(save_vm);
}

/* KVM starts its timer again from what was left of it, or from the deadline and the TSC. */
TEST(saved, a_timer_that_is_pending_fires, .budget_ms = SAVES_MS, .needs.cpus = 2)
{
	u64 ns = SLEEP_MS * NS_PER_MS;
	struct channel_save save;

	stood_start_sleeper(&ns);
	channel_save(0, &save);
	ASSERT_TRUE(timer_wait_until(stood_sleeper_woke(), SLEEP_MS + STOOD_WAKE_MS),
		    "got no interrupt of a timer of %u ms within %u ms after the save, want one", SLEEP_MS,
		    SLEEP_MS + STOOD_WAKE_MS);
	smp_wait(1);
	/* The TSC and the timer are saved one after the other, which the host may put off. */
	EXPECT_GE(stood_slept_ns() + save.took_ns, ns);
}

TEST(saved, no_interrupt_is_lost_when_saves_hit_a_flood, .budget_ms = SAVES_MS, .needs.cpus = 2)
{
	stood_check_flood(save_vm, SAVES);
}

/* The new vCPU has to be told that it is halted (KVM_SET_MP_STATE), or its HLT would end. [U15] */
TEST(saved, a_halted_vcpu_stays_halted_and_can_be_kicked, STOOD_NEEDS_KICKS, .budget_ms = SAVES_MS)
{
	stood_check_halted(save_vm);
}

/*
 * Linux's kvm_wait() looks at the lock, and then halts, with interrupts off if they were: a kick in between has to end that
 * HLT, or the vCPU sleeps for ever. KVM has latched the kick in pv_unhalted. [U16]
 */
TEST(saved, a_kick_before_the_save_ends_the_halt_after_it, STOOD_NEEDS_KICKS, .budget_ms = SAVES_MS)
{
	stood_check_kicked_before(save_vm, KICK_TRIES);
}

static u32 word ALIGNED(64);
static unsigned int taken;
static bool save_in_handler, served_before, served_after;

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(&word);
	if (save_in_handler) {
		served_before = apic_vector_bit(APIC_ISR, EOI_VECTOR);
		save_vm();
		served_after = apic_vector_bit(APIC_ISR, EOI_VECTOR);
	}
	pv_eoi_end(&word);
	WRITE_ONCE(taken, taken + 1);
	return true;
}

static void interrupt_self(void)
{
	unsigned int before = taken;

	apic_send(apic_id(), APIC_INT_ASSERT | EOI_VECTOR);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
		    "got no interrupt at vector %#x within %u ms, want one", EOI_VECTOR, APIC_DELIVERY_MS);
}

/*
 * The bit in memory, and what KVM remembers of it, are saved by different means: where they do not agree, the interrupt stays
 * in service and blocks those after it, or another one is ended in its place. [E17]
 */
TEST(saved, an_interrupt_in_service_is_ended_by_pv_eoi, .budget_ms = SAVES_MS,
     .needs.features = BIT(KVM_FEATURE_PV_EOI), .needs.conditions = NEED_KERNEL_LAPIC)
{
	word = taken = 0;
	trap_set_handler(EOI_VECTOR, on_interrupt);
	wrmsr(MSR_KVM_PV_EOI_EN, (u64)&word | KVM_MSR_ENABLED);
	pv_eoi_start_looking();
	save_in_handler = true;
	interrupt_self();
	save_in_handler = false;
	EXPECT_EQ(served_after, served_before);
	EXPECT_LE(taken, told_interrupts_max(1));
	for (int i = 0; i < EOIS; i++) {
		EXPECT_TRUE(!apic_vector_bit(APIC_ISR, EOI_VECTOR),
			    "got the interrupt still in service, want it ended");
		interrupt_self();
	}
	EXPECT_LE(taken, told_interrupts_max(1 + EOIS));
	pv_eoi_expect_acted();
}

/*
 * What the old VM's threads fetch does not reach the new one. So KVM sends the token that wakes up all tasks when QEMU
 * restores MSR_KVM_ASYNC_PF_EN, as at each enabling. [A34]
 */
TEST(saved, all_that_wait_for_pages_are_woken_up, .budget_ms = SAVES_MS,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_KERNEL_LAPIC)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	ASSERT_EQ(apf_seen.wake_all_count, 1u);
	save_vm();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(apf_seen.wake_all_count) > 1, APF_READY_MS),
		    "got no token for all pages within %u ms after the restore, want one", APF_READY_MS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.wake_all_count, 2u);
	EXPECT_EQ(apf_seen.ready_count, 0u);
}
