/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End of interrupt without an exit, when a handler runs a nested guest.
 *
 * Contract: whether the host leaves the bit set while a nested guest runs, is its own affair. Afterwards the interrupt is
 *           in service still, and ends once: by the bit if it is set, else by a plain EOI.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN; arch/x86/kvm/lapic.c, apic_sync_pv_eoi_from_guest(), at each exit, those of the
 *           nested guest included.
 * How:      the handler runs a guest that reads the word.
 * Needs:    the feature; AMD's SVM, or Intel's VMX.
 * Cannot show: anything about the bit if the processor virtualizes the APIC.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/nested_guest.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/told.h"

#define LOW_VECTOR  0x51
#define HIGH_VECTOR 0x61 /* of a higher priority class */
#define ROUNDS	    10

/* The nested guest reads 8 bytes. */
static u32 words[2] ALIGNED(8);
static u32 *const word = &words[0];
static unsigned int taken, repeated, seen_inside;
static unsigned int high_taken; /* since the last one was sent */

static bool on_low(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(word);
	pv_eoi_end(word);
	taken++;
	return true;
}

static bool on_high(struct trap_frame *frame)
{
	struct nested_exit exit;

	(void)frame;
	/* Doubled by an emulator, after its end. To look for it in the ISR would be an exit, at which KVM takes the bit back. */
	if (high_taken++) {
		repeated++;
		return true;
	}
	pv_eoi_look(word);
	exit = nested_guest_read_u64(words);
	EXPECT_TRUE(exit.kind == NESTED_EXIT_HYPERCALL,
		    "the nested guest's exit: got code %#x, want one for its hypercall", exit.code);
	EXPECT_LE(exit.value, 1);
	seen_inside += exit.value & 1;
	EXPECT_TRUE(apic_vector_bit(APIC_ISR, HIGH_VECTOR),
		    "the ISR bit of vector %#x: got 0 in its handler, want 1", HIGH_VECTOR);
	pv_eoi_end(word);
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, HIGH_VECTOR),
		    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", HIGH_VECTOR);
	taken++;
	return true;
}

static void interrupt_self(u8 vector)
{
	unsigned int before = READ_ONCE(taken);

	high_taken = 0;
	apic_send(this_cpu()->apic_id, vector | APIC_INT_ASSERT);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
		    "got no interrupt at vector %#x within %u ms, want one", vector, APIC_DELIVERY_MS);
}

/* The nested guest's entry and exits are exits for KVM, on which it takes the bit back; the interrupt has to stay. [E23] */
TEST(pv_eoi, a_nested_guest_in_the_handler_does_no_harm, .needs.conditions = NEED_NESTED_GUEST)
{
	words[0] = words[1] = 0;
	taken = repeated = seen_inside = 0;
	pv_eoi_start_looking();
	trap_set_handler(LOW_VECTOR, on_low);
	trap_set_handler(HIGH_VECTOR, on_high);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)word | KVM_MSR_ENABLED));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		interrupt_self(HIGH_VECTOR);
		interrupt_self(LOW_VECTOR);
	}
	EXPECT_LE(repeated, told_interrupts_max(ROUNDS) - ROUNDS);
	/* A few prove nothing. */
	if (!seen_inside || seen_inside > ROUNDS / 2)
		test_observed("a nested guest sees the bit %s", seen_inside ? "set" : "clear");
	pv_eoi_expect_acted();
}
