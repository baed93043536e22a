/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: when "page not present" is delivered.
 *
 * Contract: the host reports a page only where the guest can take it: at CPL 3, at CPL 0 if it set SEND_ALWAYS, never
 *           with interrupts off, and only if "page ready" can follow by interrupt. Otherwise the access waits for the
 *           page. It reports data and code alike, no memory that is there already, and at most 64 pages at a time.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN; arch/x86/kvm/x86.c, kvm_can_deliver_async_pf(), kvm_can_do_async_pf();
 *           virt/kvm/async_pf.c, kvm_setup_async_pf().
 * How:      by touching untouched pages under each condition (x86/kvm/apf.h). The suite begins in async_pf_cold.c.
 * Needs:    cold, file-backed RAM, and a local APIC in the kernel.
 * Cannot show: how the host makes the vCPU wait; a guest sees the page when it runs again.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/user.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/told.h"

/*
 * send_user_only in kvm_can_deliver_async_pf() wants CPL 3. KVM halts the vCPU until the page is there instead. [A19]
 */
TEST(async_pf_cold, without_send_always_cpl_0_is_not_told)
{
	apf_enable(0);
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!apf_touch(cold_page()),
			    "got a page-not-present event at CPL 0 without SEND_ALWAYS, want none");
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, 0); /* nobody waits for what was not reported */
}

/* "Page ready" comes by interrupt only, so without that delivery "page not present" must not come either. [A03] */
TEST(async_pf_cold, without_delivery_by_interrupt_nobody_is_told)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	wrmsr(MSR_KVM_ASYNC_PF_EN, (u64)&apf_area | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_SEND_ALWAYS);
	apf_seen.wake_all_count = 0;
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!apf_touch(cold_page()),
			    "got a page-not-present event without DELIVERY_AS_INT, want none");
	EXPECT_EQ(apf_seen.ready_count + apf_seen.wake_all_count, 0);
	EXPECT_EQ(apf_area.token, 0);
}

static u64 touch_at_cpl3(u64 page)
{
	u64 content;

	if (fault_read_u64((const u8 *)page, &content))
		return 0;
	return content;
}

/*
 * At CPL 3 a guest can always put the task to sleep, so KVM reports the page without SEND_ALWAYS. This is the case that
 * Linux uses. [A20]
 */
TEST(async_pf_cold, without_send_always_cpl_3_is_told)
{
	apf_enable(0);
	for (int i = 0; i < APF_TRIES && !apf_seen.missing_count; i++)
		user_call(touch_at_cpl3, (u64)cold_page());
	ASSERT_EQ(apf_seen.missing_count, 1);
	EXPECT_TRUE(apf_becomes_ready(apf_seen.missing[0]),
		    "got no page-ready event for token %#x within %u ms, want one", apf_seen.missing[0],
		    APF_READY_MS);
}

/* A guest with interrupts off cannot schedule, so KVM must not report a page there: kvm_can_do_async_pf(). [A21] */
TEST(async_pf_cold, with_interrupts_off_nobody_is_told)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	irq_disable();
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!apf_touch(cold_page()),
			    "got a page-not-present event with RFLAGS.IF clear, want none");
	irq_enable();
}

#define STACK_VECTOR 0x71

static unsigned int interrupts;

static bool on_cold_stack(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	apic_eoi();
	return true;
}

/* Take the interrupt that is pending on another stack. */
static void take_interrupt_on_stack(const u8 *top)
{
	u32 turns = 1u << 31;

	__asm__ volatile("mov %%rsp, %%rbx\n\t"
			 "mov %[top], %%rsp\n\t"
			 "sti\n"
			 "1:\n\t"
			 "pause\n\t"
			 "cmpl $0, %[interrupts]\n\t"
			 "jne 2f\n\t"
			 "dec %[turns]\n\t"
			 "jnz 1b\n"
			 "2:\n\t"
			 "cli\n\t"
			 "mov %%rbx, %%rsp"
			 : [turns] "+r"(turns)
			 : [top] "r"(top), [interrupts] "m"(interrupts)
			 : "rbx", "memory", "cc");
}

/*
 * The processor finds the page missing while it delivers an interrupt. KVM must deliver that again, and an exception in between
 * would take its place: kvm_event_needs_reinjection() in kvm_can_do_async_pf(). [A48]
 */
TEST(async_pf_cold, an_interrupt_whose_stack_is_missing_is_delivered)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	trap_set_handler(STACK_VECTOR, on_cold_stack);
	for (int i = 0; i < 3; i++) {
		interrupts = 0;
		irq_disable();
		apic_send(this_cpu()->apic_id, STACK_VECTOR | APIC_INT_ASSERT);
		take_interrupt_on_stack(cold_page_at(COLD_CHOSEN, NULL, 0) + PAGE_SIZE);
		irq_enable();
		EXPECT_GE(interrupts, 1u);
		EXPECT_LE(interrupts, told_interrupts_max(1));
	}
	EXPECT_EQ(apf_seen.missing_count, 0);
}

/* For memory that is there, and for addresses of devices, the host has no page to wait for. [A30] */
TEST(async_pf_cold, present_and_device_memory_is_never_reported)
{
	u64 value;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	EXPECT_NO_FAULT(fault_read_u64(&apf_area, &value));
	EXPECT_NO_FAULT(fault_read_u64((void *)0xffff0, &value)); /* ROM */
	EXPECT_NO_FAULT(fault_read_u64((void *)0xfed00000, &value)); /* HPET, or nothing */
	EXPECT_EQ(apf_seen.missing_count, 0);
}

static bool skip_missing_code(struct trap_frame *frame)
{
	apf_on_page_fault(frame);
	if (!apf_seen.missing_count)
		return false;
	/* As if the function had returned at once: take its return address. */
	frame->rip = *(u64 *)frame->rsp;
	frame->rsp += sizeof(u64);
	return true;
}

/* An instruction fetch takes the same way through the host's page fault handler as a read. [A31] */
TEST(async_pf_cold, missing_code_is_reported_and_runs_when_it_is_there)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	trap_set_handler(PF_VECTOR, skip_missing_code);
	for (int i = 0; i < APF_TRIES && !apf_seen.missing_count; i++) {
		u8 *page = cold_page();
		void (*code)(void) = (void (*)(void))(page + COLD_CODE);

		*paging_entry(page) &= ~PTE_NX;
		invlpg(page);
		code();
		if (apf_seen.missing_count) {
			EXPECT_TRUE(apf_becomes_ready(apf_seen.missing[0]),
				    "got no page-ready event for token %#x within %u ms, want one",
				    apf_seen.missing[0], APF_READY_MS);
			code();
		}
	}
	EXPECT_EQ(apf_seen.missing_count, 1);
}

/*
 * kvm_setup_async_pf() refuses when vcpu->async_pf.queued has reached ASYNC_PF_PER_VCPU. This is the suite's last test:
 * it touches so many cold pages that the host may stop reading ahead, and then waits for each page itself. [A33]
 */
TEST(async_pf_cold, no_more_than_64_pages_are_outstanding)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_seen.hold =
		true; /* finished pages that the guest has not taken count, too: the first token blocks all others */
	apf_touch_many(APF_OUTSTANDING_MAX + 4);
	EXPECT_LE(apf_seen.missing_count, APF_OUTSTANDING_MAX + 1u);
	EXPECT_GT(apf_seen.missing_count, 1u);
	apf_seen.hold = false;
	irq_disable();
	apf_acknowledge();
	irq_enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count) >= apf_seen.missing_count, APF_READY_MS),
		    "got %u page-ready events, want %u", apf_seen.ready_count, apf_seen.missing_count);
}
