/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End of interrupt without an exit, while the word moves.
 *
 * Contract: a new address in MSR_KVM_PV_EOI_EN takes over from the old one, without disabling in between: from then on the
 *           host writes to the new word alone. If an interrupt is in service, the exit for the WRMSR takes the bit back
 *           from the old word, and the interrupt ends by the new word or a plain EOI.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN; arch/x86/kvm/lapic.c, kvm_lapic_set_pv_eoi(), which has to look the address up
 *           again, and apic_sync_pv_eoi_from_guest(), which comes before.
 * How:      the word moves within its page and to another, and the words that it left hold a pattern.
 * Needs:    the feature alone.
 * Cannot show: anything if the processor virtualizes the APIC, since the host then never sets the bit.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/told.h"

#define LOW_VECTOR  0x51
#define HIGH_VECTOR 0x61 /* of a higher priority class */
#define ROUNDS	    50

#define WORDS (PAGE_SIZE / sizeof(u32))
static u32 pages[2][WORDS] ALIGNED(PAGE_SIZE);
/* From each to the next: within the page, to another page, within that, and back. */
static u32 *const places[] = {&pages[0][1], &pages[0][WORDS - 1], &pages[1][WORDS - 1], &pages[1][2]};
static unsigned int place, taken, repeated;
static unsigned int moved_in_handler; /* since the last interrupt was sent */

static u32 *word(void)
{
	return places[place % ARRAY_SIZE(places)];
}

/* The word that was left holds the pattern from here on, so that a write of the host shows. */
static void move(void)
{
	u32 *old = word();

	place++;
	WRITE_ONCE(*word(), 0);
	wrmsr(MSR_KVM_PV_EOI_EN, (u64)word() | KVM_MSR_ENABLED);
	EXPECT_EQ(READ_ONCE(*old), 0);
	memset(old, FILLER, sizeof(*old));
}

static void expect_others_untouched(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i] != word())
			EXPECT_BYTES(places[i], FILLER, sizeof(u32));
}

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(word());
	pv_eoi_end(word());
	taken++;
	return true;
}

static bool on_interrupt_with_move(struct trap_frame *frame)
{
	(void)frame;
	/* Doubled by an emulator, perhaps in the midst of a move. */
	if (moved_in_handler++) {
		repeated++;
		return true;
	}
	pv_eoi_look(word());
	move();
	pv_eoi_end(word());
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, HIGH_VECTOR),
		    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", HIGH_VECTOR);
	taken++;
	return true;
}

static void start(trap_handler on_high)
{
	memset(pages, FILLER, sizeof(pages));
	place = taken = repeated = 0;
	*word() = 0;
	pv_eoi_start_looking();
	trap_set_handler(HIGH_VECTOR, on_high);
	trap_set_handler(LOW_VECTOR, on_interrupt);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)word() | KVM_MSR_ENABLED));
}

static void interrupt_self(u8 vector)
{
	unsigned int before = READ_ONCE(taken);

	moved_in_handler = 0;
	apic_send(this_cpu()->apic_id, vector | APIC_INT_ASSERT);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
		    "got no interrupt at vector %#x within %u ms, want one", vector, APIC_DELIVERY_MS);
}

/*
 * KVM keeps the address that it has looked up. A new one has to replace that also if the feature was on already. The
 * lower vector arrives only if the higher one's interrupt has ended in the APIC. [E21]
 */
TEST(pv_eoi, the_word_moves_while_it_is_enabled)
{
	start(on_interrupt);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		move();
		interrupt_self(HIGH_VECTOR);
		interrupt_self(LOW_VECTOR);
		expect_others_untouched();
	}
	pv_eoi_expect_acted();
}

/*
 * The exit for the WRMSR takes the bit back from the old word: the interrupt is still in service, and ends once, by the
 * new word or a plain EOI. [E22]
 */
TEST(pv_eoi, the_word_moves_within_the_handler)
{
	start(on_interrupt_with_move);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		interrupt_self(HIGH_VECTOR);
		interrupt_self(LOW_VECTOR);
		expect_others_untouched();
	}
	EXPECT_LE(repeated, told_interrupts_max(ROUNDS) - ROUNDS);
	pv_eoi_expect_acted();
}
