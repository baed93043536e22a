/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults: the protocol by which "page ready" arrives, with the one event that KVM
 * delivers without a missing page.
 *
 * Contract: each write to MSR_KVM_ASYNC_PF_EN that enables delivery by interrupt (bits 0 and 3)
 *           queues the token 0xffffffff, "wake all", and raises the vector in MSR_KVM_ASYNC_PF_INT.
 *           The host writes a token into the area only while the word there is 0 and the local APIC
 *           is enabled; after the guest has zeroed the word, writing bit 0 of MSR_KVM_ASYNC_PF_ACK
 *           requests the next. Ready events leave flags and the rest of the area alone.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN, _INT and _ACK; arch/x86/kvm/x86.c,
 *           kvm_pv_enable_async_pf(), kvm_arch_async_page_present() and
 *           kvm_arch_can_dequeue_async_page_present().
 * How:      by enabling, under each condition. Without SEND_ALWAYS there is no other event at CPL 0.
 * Needs:    the features; a local APIC in the kernel.
 * Cannot show: page faults, which need pages that the host has to fetch (async_pf_cold.c).
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"
#include "x86/platform/port80.h"

#define VECTOR	     0x51
#define OTHER_VECTOR 0x61
#define BY_INTERRUPT (KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)

static struct kvm_vcpu_pv_apf_data areas[3];
static struct kvm_vcpu_pv_apf_data *const area = &areas[1];
static unsigned int taken, others_taken;

static bool on_ready(struct trap_frame *frame)
{
	if (frame->vector == VECTOR)
		taken++;
	else
		others_taken++;
	apic_eoi();
	return true;
}

static void prepare(void)
{
	memset(areas, 0, sizeof(areas));
	taken = others_taken = 0;
	trap_set_handler(VECTOR, on_ready);
	trap_set_handler(OTHER_VECTOR, on_ready);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_INT, VECTOR));
}

static void enable(void)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)area | BY_INTERRUPT));
}

static void acknowledge(void)
{
	WRITE_ONCE(area->token, 0);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
}

static void expect_wake_all(void)
{
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken), APIC_DELIVERY_MS),
		    "got no interrupt at vector %#x within %u ms, want one", VECTOR, APIC_DELIVERY_MS);
	EXPECT_EQ(READ_ONCE(area->token), KVM_ASYNC_PF_WAKE_ALL);
}

/* Exits, and a HLT, after each of which a host could deliver more. */
static void exit_often(void)
{
	for (int i = 0; i < 3; i++)
		exit_to_userspace();
	timer_sleep(NS_PER_MS / 10);
}

/*
 * Each enabling write queues one interrupt and one token, "wake all". [A04]
 */
TEST(async_pf, enabling_brings_one_wake_all)
{
	prepare();
	enable();
	expect_wake_all();
	EXPECT_EQ(area->flags, 0);
	acknowledge();
	exit_often();
	EXPECT_EQ(READ_ONCE(area->token), 0);
	EXPECT_LE(READ_ONCE(taken), told_interrupts_max(1));
}

/*
 * Restoring a snapshot writes the MSR once more, and the guest relies on the event: the tokens that its tasks wait for
 * are gone. [A05]
 */
TEST(async_pf, enabling_again_brings_another)
{
	prepare();
	for (int i = 0; i < 3; i++) {
		taken = 0;
		enable();
		expect_wake_all();
		acknowledge();
	}
}

/*
 * KVM writes the token whether interrupts are on or off, and leaves the interrupt to the local APIC
 * (kvm_apic_set_irq()), which holds it in the IRR until the guest can take it. [A06]
 */
TEST(async_pf, with_interrupts_off_the_interrupt_stays_pending)
{
	prepare();
	irq_disable();
	enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(area->token), APIC_DELIVERY_MS),
		    "got token 0 for %u ms, want %#x", APIC_DELIVERY_MS, KVM_ASYNC_PF_WAKE_ALL);
	EXPECT_TRUE(timer_wait_until(apic_vector_bit(APIC_IRR, VECTOR), APIC_DELIVERY_MS),
		    "got vector %#x clear in the IRR for %u ms, want it set", VECTOR, APIC_DELIVERY_MS);
	EXPECT_EQ(taken, 0);
	irq_enable();
	expect_wake_all();
}

/*
 * A token other than 0 is one that the guest has not taken yet, or has put there itself. KVM must not overwrite it: a
 * lost token leaves a task waiting for ever. [A08]
 */
TEST(async_pf, a_token_that_is_not_zeroed_is_not_replaced)
{
	const u32 untaken = 0x1234;

	prepare();
	area->token = untaken;
	enable();
	exit_often();
	EXPECT_EQ(READ_ONCE(area->token), untaken);
	EXPECT_EQ(taken, 0);
	acknowledge();
	expect_wake_all();
}

/*
 * For this event KVM writes the 4 bytes of the token and nothing else. A stray write to flags would make the guest take
 * its next #PF for the host's. [A04 A35]
 */
TEST(async_pf, only_the_token_is_written)
{
	prepare();
	memset(areas, FILLER, sizeof(areas));
	area->token = 0;
	enable();
	expect_wake_all();
	EXPECT_BYTES(&area->flags, FILLER, sizeof(area->flags));
	EXPECT_BYTES(area->pad, FILLER, sizeof(area->pad));
	EXPECT_BYTES(&areas[0], FILLER, sizeof(areas[0]));
	EXPECT_BYTES(&areas[2], FILLER, sizeof(areas[2]));
}

/*
 * KVM keeps a copy of the vector beside the MSR's value (kvm_pv_enable_async_pf_int()), and a write has to change both.
 * [A01]
 */
TEST(async_pf, a_new_vector_serves_from_the_next_event_on)
{
	prepare();
	enable();
	expect_wake_all();
	acknowledge();
	exit_often();
	taken = 0;
	wrmsr(MSR_KVM_ASYNC_PF_INT, OTHER_VECTOR);
	enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(others_taken), APIC_DELIVERY_MS),
		    "got no interrupt at the new vector %#x within %u ms, want one", OTHER_VECTOR,
		    APIC_DELIVERY_MS);
	EXPECT_EQ(READ_ONCE(taken), 0);
}

/*
 * Since Linux 5.8 KVM delivers "page ready" by interrupt alone: without bit 3 it accepts the value, but enables nothing
 * and does not check the address. [A03 A11]
 */
TEST(async_pf, without_delivery_by_interrupt_nothing_comes)
{
	const u64 not_ram = 1ull << 45;

	prepare();
	memset(areas, FILLER, sizeof(areas));
	area->token = 0;
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)area | KVM_ASYNC_PF_ENABLED));
	EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_EN), (u64)area | KVM_ASYNC_PF_ENABLED);
	exit_often();
	EXPECT_EQ(READ_ONCE(area->token), 0);
	EXPECT_EQ(READ_ONCE(area->flags), FILLER * 0x01010101u);
	EXPECT_EQ(taken, 0);
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, not_ram | KVM_ASYNC_PF_ENABLED));
}

/*
 * A #PF of the guest's own keeps its address and error code while asynchronous page faults are enabled. Page 0 is not
 * mapped. [A37]
 */
TEST(async_pf, an_ordinary_page_fault_stays_one)
{
	u64 *const unmapped = (u64 *)0x120;
	u64 value;

	prepare();
	enable();
	expect_wake_all();
	acknowledge();
	EXPECT_EQ(fault_read_u64(unmapped, &value), FAULT(PF_VECTOR, 0));
	EXPECT_EQ(read_cr2(), (u64)unmapped);
	EXPECT_EQ(area->flags, 0);
}

static void enable_while_apic_is_disabled(void *argument)
{
	(void)argument;
	prepare();
	apic_write(APIC_SPIV, SPURIOUS_VECTOR);
	enable();
	exit_to_userspace();
	EXPECT_EQ(READ_ONCE(area->token), 0);
	apic_write(APIC_SPIV, APIC_SPIV_ENABLE | SPURIOUS_VECTOR);
	expect_wake_all();
}

/*
 * KVM holds the event back while the local APIC is disabled. Before Linux 5.13, and before the stable kernels of 2022,
 * it retried without end, with about a million exits a second. [A07]
 */
TEST(async_pf, the_event_waits_until_the_apic_is_enabled, .needs.cpus = 2)
{
	smp_call(1, enable_while_apic_is_disabled, NULL);
}

static bool halting;
static unsigned int halts_ended;

static void halt_without_apic(void *argument)
{
	(void)argument;
	prepare();
	enable();
	expect_wake_all();
	acknowledge();
	apic_write(APIC_SPIV, SPURIOUS_VECTOR);
	WRITE_ONCE(halting, true);
	for (;;) {
		irq_enable_and_halt();
		WRITE_ONCE(halts_ended, halts_ended + 1);
	}
}

/*
 * No event is outstanding, so HLT must block although the APIC is disabled. (While an event waits for the APIC, every
 * host ends each HLT at once: kvm_vcpu_has_events() counts it as a reason to run.) A host may end a HLT for a reason of
 * its own once in a millisecond; a vCPU that spins ends many. [A07]
 */
TEST(async_pf, a_halt_with_the_apic_disabled_lasts, .needs = {.cpus = 2, .conditions = NEED_HLT_EXITS})
{
	u64 since;

	halting = false;
	halts_ended = 0;
	smp_post(1, halt_without_apic, NULL);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(halting), APIC_DELIVERY_MS),
		    "got vCPU 1 not in its HLT after %u ms, want it halted", APIC_DELIVERY_MS);
	since = timer_ns();
	timer_sleep(20 * NS_PER_MS);
	EXPECT_LE(READ_ONCE(halts_ended), 2 * (timer_ns() - since) / NS_PER_MS);
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
}

SUITE(async_pf, .contract = "msr.rst, MSR_KVM_ASYNC_PF_EN, MSR_KVM_ASYNC_PF_INT, MSR_KVM_ASYNC_PF_ACK",
      .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
      .needs.conditions = NEED_KERNEL_LAPIC);
