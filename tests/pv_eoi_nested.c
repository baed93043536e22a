/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End of interrupt without an exit, with several interrupts: MSR_KVM_PV_EOI_EN.
 *
 * Contract: the host sets the bit for the interrupt of the highest priority in service, and only
 *           while no other is pending: clearing the bit causes no exit, on which the host could
 *           deliver the next one. So an interrupt waits no longer than for the end of those before
 *           it, and each end counts for the right one.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN; arch/x86/kvm/lapic.c, apic_sync_pv_eoi_to_guest():
 *           irr_pending.
 * How:      interrupts that arrive before, within and after the handlers of others, each ended by
 *           the bit if it is set.
 * Needs:    the feature; for interrupts from another vCPU, 2 vCPUs.
 * Cannot show: anything about the bit if the processor virtualizes the APIC, since the host then
 *           never sets it.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/told.h"
#include "x86/platform/port80.h"

/* Each of a priority class of its own. */
#define LOW_VECTOR    0x41
#define MIDDLE_VECTOR 0x51
#define HIGH_VECTOR   0x61
#define ROUNDS	      10

static u32 word;
static unsigned int low_taken, middle_taken, high_taken; /* in this round */
static unsigned int repeated; /* interrupts that came more than once in their round */

static void interrupt_self(u8 vector)
{
	apic_send(this_cpu()->apic_id, vector | APIC_INT_ASSERT);
}

static void enable(void)
{
	word = 0;
	repeated = 0;
	pv_eoi_start_looking();
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)&word | KVM_MSR_ENABLED));
}

static void begin_round(void)
{
	low_taken = middle_taken = high_taken = 0;
}

static void expect_taken(unsigned int *counter)
{
	EXPECT_TRUE(timer_wait_until(READ_ONCE(*counter), APIC_DELIVERY_MS),
		    "vCPU %u got no %s-priority interrupt within %u ms, want one", this_cpu()->index,
		    counter == &low_taken    ? "low" :
		    counter == &middle_taken ? "middle" :
					       "high",
		    APIC_DELIVERY_MS);
	repeated += READ_ONCE(*counter) > 1;
}

/* None arrives twice; where an emulator doubles interrupts, few. */
static void expect_few_repeated(void)
{
	EXPECT_LE(repeated, told.doubled_interrupts == TOLD_ON ? ROUNDS / 2 : 0);
}

static bool on_low(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(&word);
	pv_eoi_end(&word);
	low_taken++;
	return true;
}

static bool on_high(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(&word);
	pv_eoi_end(&word);
	high_taken++;
	return true;
}

/* Both are pending before either is in service, so the host must not set the bit for the first. */
static bool on_high_with_low_pending(struct trap_frame *frame)
{
	if (!low_taken)
		EXPECT_EQ(READ_ONCE(word), 0);
	return on_high(frame);
}

/*
 * With the bit set, the end of an interrupt causes no exit on which KVM could deliver the next one. So it must not set
 * the bit while another is pending in the IRR. [E09]
 */
TEST(pv_eoi_nested, no_bit_while_another_interrupt_is_pending)
{
	trap_set_handler(LOW_VECTOR, on_low);
	trap_set_handler(HIGH_VECTOR, on_high_with_low_pending);
	enable();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		begin_round();
		irq_disable();
		interrupt_self(LOW_VECTOR);
		interrupt_self(HIGH_VECTOR);
		irq_enable();
		expect_taken(&high_taken);
		expect_taken(&low_taken);
	}
	expect_few_repeated();
	pv_eoi_expect_acted();
}

/* The exit on which the second is sent takes the bit back. Otherwise clearing it would leave that one pending. */
static bool on_high_then_low(struct trap_frame *frame)
{
	pv_eoi_look(&word);
	interrupt_self(LOW_VECTOR);
	return on_high(frame);
}

/*
 * KVM may have set the bit before the handler sends another interrupt. It has to take the bit back at the exit for
 * that, or the new interrupt waits. [E04]
 */
TEST(pv_eoi_nested, an_interrupt_sent_by_the_handler_follows)
{
	trap_set_handler(LOW_VECTOR, on_low);
	trap_set_handler(HIGH_VECTOR, on_high_then_low);
	enable();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		begin_round();
		interrupt_self(HIGH_VECTOR);
		expect_taken(&high_taken);
		expect_taken(&low_taken);
	}
	expect_few_repeated();
	pv_eoi_expect_acted();
}

/*
 * The inner interrupt ends while the outer one is in service, and must end alone: with an exit in between, on which the
 * host sees the inner end, and without, when the outer end may come first.
 */
static void take_high_within_middle(bool exit_in_between)
{
	pv_eoi_look(&word);
	irq_enable();
	interrupt_self(HIGH_VECTOR);
	expect_taken(&high_taken);
	irq_disable();
	if (exit_in_between)
		exit_to_userspace();
	pv_eoi_end(&word);
	middle_taken++;
}

static bool on_middle_without_exit(struct trap_frame *frame)
{
	(void)frame;
	take_high_within_middle(false);
	return true;
}

static bool on_middle_with_exit(struct trap_frame *frame)
{
	(void)frame;
	take_high_within_middle(true);
	return true;
}

/*
 * KVM ends the highest vector in service when it finds the bit cleared. After an inner interrupt it must not end the
 * outer one, too. [E11]
 */
TEST(pv_eoi_nested, an_inner_interrupt_ends_alone)
{
	trap_set_handler(LOW_VECTOR, on_low);
	trap_set_handler(HIGH_VECTOR, on_high);
	enable();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		trap_set_handler(MIDDLE_VECTOR, i % 2 ? on_middle_with_exit : on_middle_without_exit);
		begin_round();
		interrupt_self(MIDDLE_VECTOR);
		expect_taken(&middle_taken);
		interrupt_self(LOW_VECTOR);
		expect_taken(&low_taken);
		EXPECT_TRUE(!apic_vector_bit(APIC_ISR, MIDDLE_VECTOR),
			    "the outer vector's ISR bit: got 1 after its end, want 0");
	}
	expect_few_repeated();
	pv_eoi_expect_acted();
}

/*
 * The second interrupt comes from vCPU 0, while the bit may be set: the host has to force vCPU 1 to exit, and take the
 * bit back, or see that the guest has cleared it first. The handler makes no exit by itself.
 */
static unsigned int current_round, sent_in;

static bool on_high_with_low_from_vcpu_0(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(&word);
	WRITE_ONCE(high_taken, high_taken + 1);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(sent_in) == current_round, APIC_DELIVERY_MS),
		    "got no interrupt from vCPU 0 in round %u within %u ms, want one", current_round,
		    APIC_DELIVERY_MS);
	pv_eoi_end(&word);
	return true;
}

static void take_both_on_vcpu_1(void *argument)
{
	(void)argument;
	enable();
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		begin_round();
		WRITE_ONCE(current_round, i);
		interrupt_self(HIGH_VECTOR);
		expect_taken(&low_taken);
	}
	expect_few_repeated();
}

/*
 * The bit may be set when another vCPU sends an interrupt: KVM then has to force the vCPU to exit and take the bit
 * back. [E09]
 */
TEST(pv_eoi_nested, an_interrupt_from_elsewhere_is_not_held_up, .needs.cpus = 2)
{
	trap_set_handler(LOW_VECTOR, on_low);
	trap_set_handler(HIGH_VECTOR, on_high_with_low_from_vcpu_0);
	begin_round();
	current_round = sent_in = 0;
	smp_post(1, take_both_on_vcpu_1, NULL);
	for (unsigned int i = 1; i <= ROUNDS; i++) {
		ASSERT_TRUE(timer_wait_until(READ_ONCE(current_round) == i && READ_ONCE(high_taken),
					     APIC_DELIVERY_MS),
			    "vCPU 1 got no high-priority interrupt in round %u within %u ms, want one", i,
			    APIC_DELIVERY_MS);
		apic_send(smp_cpu(1)->apic_id, LOW_VECTOR | APIC_INT_ASSERT);
		WRITE_ONCE(sent_in, i);
	}
	smp_wait(1);
	pv_eoi_expect_acted();
}

SUITE(pv_eoi_nested, .contract = "msr.rst, MSR_KVM_PV_EOI_EN", .needs.features = BIT(KVM_FEATURE_PV_EOI));
