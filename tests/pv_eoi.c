/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End of interrupt without an exit: MSR_KVM_PV_EOI_EN.
 *
 * Contract: bit 0 = enable, bits 63:2 = address of a 4-byte word in RAM, bit 1 reserved. While an
 *           interrupt is in service, the host may set bit 0 of the word: then clearing it is the
 *           end of interrupt, without a write to the EOI register. The host may take the bit back
 *           at any exit, so the guest has to test and clear it in one instruction; a plain EOI
 *           stays legal. The host writes the word's first byte alone.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN; arch/x86/kvm/lapic.c, apic_sync_pv_eoi_to_guest() and
 *           _from_guest().
 * How:      the vCPU interrupts itself, and ends the interrupts in every legal way.
 * Needs:    the feature alone.
 * Cannot show: whether the host should set the bit. It never does while the processor virtualizes the APIC
 *           (APICv, AVIC), which a guest cannot see; apicv=off tells this kernel. The log says whether it did.
 */
#include "x86/kvm/pv_eoi.h"

#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"
#include "x86/platform/boot_info.h"
#include "x86/platform/port80.h"

#define LOW_VECTOR  0x51
#define HIGH_VECTOR 0x61 /* of a higher priority class */
#define NOT_RAM	    (1ull << 45)

#define WORDS (PAGE_SIZE / sizeof(u32))
static u32 page[WORDS] ALIGNED(PAGE_SIZE);
static u32 *const usual_word = &page[1];
static u32 *word = &page[1]; /* the one that is in use */
static unsigned int taken, skipped; /* interrupts, and those that needed no EOI */

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	EXPECT_LE(READ_ONCE(*word), 1); /* the word was 0, and the host writes 0 or 1 */
	pv_eoi_look(word);
	skipped += pv_eoi_end(word);
	taken++;
	return true;
}

static bool on_interrupt_with_plain_eoi(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(word);
	taken++;
	apic_eoi();
	return true;
}

/* Ends the interrupt by the bit, and leaves all other bits of the byte set. */
static bool on_interrupt_with_other_bits(struct trap_frame *frame)
{
	u8 before;

	(void)frame;
	pv_eoi_look(word);
	before = __atomic_exchange_n((u8 *)word, 0xfe, __ATOMIC_SEQ_CST);
	if (!(before & 1))
		apic_eoi();
	taken++;
	return true;
}

static void enable(u32 *at, trap_handler handler)
{
	word = at;
	memset(page, 0, sizeof(page));
	taken = skipped = 0;
	pv_eoi_start_looking();
	trap_set_handler(LOW_VECTOR, handler);
	trap_set_handler(HIGH_VECTOR, handler);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)at | KVM_MSR_ENABLED));
}

static void interrupt_self(u8 vector)
{
	unsigned int before = READ_ONCE(taken);

	apic_send(this_cpu()->apic_id, vector | APIC_INT_ASSERT);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
		    "got no interrupt at vector %#x within %u ms, want one", vector, APIC_DELIVERY_MS);
}

/*
 * Three interrupts a round. The lower vector arrives only if the higher one's interrupt has ended in the APIC.
 */
static void interrupt_self_often(unsigned int rounds)
{
	unsigned int before = taken;

	for (unsigned int i = 0; i < rounds; i++) {
		interrupt_self(HIGH_VECTOR);
		interrupt_self(HIGH_VECTOR);
		interrupt_self(LOW_VECTOR);
	}
	EXPECT_LE(taken - before, told_interrupts_max(3 * rounds));
}

/* kvm_lapic_set_pv_eoi() requires an address aligned to 4, whether bit 0 is set or not. [E01] */
TEST(pv_eoi, the_reserved_bit_faults_and_changes_nothing)
{
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)usual_word | BIT(1)));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)usual_word | BIT(1) | KVM_MSR_ENABLED));
	EXPECT_EQ(rdmsr(MSR_KVM_PV_EOI_EN), 0);
}

/* Up to Linux 5.15 RDMSR then returns the refused value; later the old one. [E02] */
TEST(pv_eoi, an_address_outside_of_ram_faults)
{
	u64 value;

	ASSERT_TRUE(!boot_is_ram(NOT_RAM, sizeof(u32)), "cannot test: got RAM at 32 TiB, want none");
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_PV_EOI_EN, NOT_RAM | KVM_MSR_ENABLED));
	value = rdmsr(MSR_KVM_PV_EOI_EN);
	EXPECT_TRUE(!value || value == (NOT_RAM | KVM_MSR_ENABLED),
		    "the MSR after a refused write: got %#lx, want 0 or %#lx", (unsigned long)value,
		    (unsigned long)(NOT_RAM | KVM_MSR_ENABLED));
	test_observed("the refused value is %s", value ? "remembered" : "forgotten");
	enable(usual_word, on_interrupt);
	interrupt_self_often(1);
}

/*
 * 60 interrupts in a row: a host that loses the end of one delivers no other. After the last one's bit was cleared, the
 * next exit, at the latest that for reading the APIC's register, takes it out of service. [E04 E06]
 */
TEST(pv_eoi, clearing_the_bit_ends_the_interrupt)
{
	enable(usual_word, on_interrupt);
	for (int i = 0; i < 20; i++) {
		interrupt_self_often(1);
		EXPECT_TRUE(!apic_vector_bit(APIC_ISR, LOW_VECTOR),
			    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", LOW_VECTOR);
	}
	ktap_note("the host set the bit in %u of %u interrupts", skipped, taken);
	/* A few prove nothing: the APIC's virtualization may be off for a while. */
	if (!skipped || skipped > taken / 2)
		test_observed("the bit is %s", skipped ? "set" : "never set");
	pv_eoi_expect_acted();
}

/*
 * Nothing else is pending that would keep KVM from setting the bit. Where the processor virtualizes the APIC, a guest
 * that never sees the bit is right, too. [E07]
 */
TEST(pv_eoi, the_bit_is_set_where_the_apic_is_not_virtualized, .needs.conditions = NEED_NO_APICV)
{
	enable(usual_word, on_interrupt);
	interrupt_self_often(5);
	EXPECT_GT(skipped, 0u);
}

/* The least significant bit alone says that the guest has ended the interrupt: KVM masks the others. [E26] */
TEST(pv_eoi, no_other_bit_keeps_the_interrupt)
{
	enable(usual_word, on_interrupt_with_other_bits);
	interrupt_self_often(5);
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, LOW_VECTOR),
		    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", LOW_VECTOR);
	pv_eoi_expect_acted();
}

/*
 * The bit is an offer. A guest that writes the EOI register instead must lose no interrupt: KVM takes the bit back at
 * the exit for that write. [E05]
 */
TEST(pv_eoi, a_plain_eoi_stays_legal)
{
	enable(usual_word, on_interrupt_with_plain_eoi);
	interrupt_self_often(5);
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, LOW_VECTOR),
		    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", LOW_VECTOR);
	EXPECT_EQ(READ_ONCE(*word), 0);
	pv_eoi_expect_acted();
}

/* The word may be as close to the end of a page as its alignment allows. [E03] */
TEST(pv_eoi, the_last_word_of_a_page_will_do)
{
	enable(&page[WORDS - 1], on_interrupt);
	EXPECT_EQ(rdmsr(MSR_KVM_PV_EOI_EN), (u64)&page[WORDS - 1] | KVM_MSR_ENABLED);
	interrupt_self_often(5);
	EXPECT_BYTES(page, 0, sizeof(page));
	pv_eoi_expect_acted();
}

/* At each exit within the handler the host takes the bit back, and may set it again. */
static bool on_interrupt_with_exits(struct trap_frame *frame)
{
	pv_eoi_look(word);
	exit_to_userspace();
	rdmsr(MSR_KVM_PV_EOI_EN);
	return on_interrupt(frame);
}

/*
 * At each exit KVM takes the bit back, and may set it again at the next entry. Host and guest have to agree on the
 * interrupt's end after each. [E12]
 */
TEST(pv_eoi, exits_within_the_handler_do_no_harm)
{
	enable(usual_word, on_interrupt_with_exits);
	interrupt_self_often(5);
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, LOW_VECTOR),
		    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", LOW_VECTOR);
	pv_eoi_expect_acted();
}

static bool on_interrupt_in_pattern(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(word);
	pv_eoi_end(word);
	taken++;
	return true;
}

/* pv_eoi_put_user() writes one byte, though the address is that of a 4-byte word. [E13] */
TEST(pv_eoi, nothing_is_written_but_the_first_byte)
{
	u8 *bytes = (u8 *)usual_word;

	enable(usual_word, on_interrupt_in_pattern);
	memset(page, FILLER, sizeof(page));
	bytes[0] = 0;
	interrupt_self_often(5);
	EXPECT_BYTES(page, FILLER, sizeof(*word));
	EXPECT_BYTES(bytes + 1, FILLER, PAGE_SIZE - sizeof(*word) - 1);
	pv_eoi_expect_acted();
}

/* KVM must not use the address once bit 0 is clear, whether the MSR still has the address or not. [E14] */
TEST(pv_eoi, once_disabled_the_word_is_never_written_again)
{
	const u64 disabled[] = {(u64)usual_word, 0};

	for (unsigned int i = 0; i < ARRAY_SIZE(disabled); i++) {
		enable(usual_word, on_interrupt_with_plain_eoi);
		interrupt_self_often(5);
		pv_eoi_expect_acted();
		wrmsr(MSR_KVM_PV_EOI_EN, disabled[i]);
		memset(page, FILLER, sizeof(page));
		interrupt_self_often(5);
		EXPECT_BYTES(page, FILLER, sizeof(page));
	}
}

/*
 * A guest that tests and clears the bit outside of an interrupt, or in the next one, must not find the bit of the last
 * one. The timer's interrupts end with a plain EOI. [E18]
 */
TEST(pv_eoi, the_bit_is_clear_when_nothing_is_in_service)
{
	enable(usual_word, on_interrupt);
	for (int i = 0; i < 5; i++) {
		interrupt_self(LOW_VECTOR);
		EXPECT_EQ(READ_ONCE(*word), 0);
		exit_to_userspace();
		EXPECT_EQ(READ_ONCE(*word), 0);
		timer_sleep(NS_PER_MS / 10);
		EXPECT_EQ(READ_ONCE(*word), 0);
	}
	pv_eoi_expect_acted();
}

/* The exit for the WRMSR has taken the bit back, so the handler has to write the EOI. */
static bool on_interrupt_with_disabling(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(word);
	wrmsr(MSR_KVM_PV_EOI_EN, 0);
	EXPECT_EQ(READ_ONCE(*word), 0);
	apic_eoi();
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, HIGH_VECTOR),
		    "the ISR bit of vector %#x: got 1 after the interrupt's end, want 0", HIGH_VECTOR);
	taken++;
	return true;
}

/* The exit for WRMSR takes the bit back, so the interrupt is still in service and needs a plain EOI. [E19] */
TEST(pv_eoi, disabling_within_the_handler_leaves_the_eoi_to_be_written)
{
	enable(usual_word, on_interrupt_with_disabling);
	trap_set_handler(LOW_VECTOR, on_interrupt_with_plain_eoi);
	for (int i = 0; i < 15; i++) {
		wrmsr(MSR_KVM_PV_EOI_EN, (u64)word | KVM_MSR_ENABLED);
		interrupt_self(HIGH_VECTOR);
		interrupt_self(LOW_VECTOR);
	}
	pv_eoi_expect_acted();
}

SUITE(pv_eoi, .contract = "msr.rst, MSR_KVM_PV_EOI_EN", .needs.features = BIT(KVM_FEATURE_PV_EOI));
