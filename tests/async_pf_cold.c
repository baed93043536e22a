/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: the protocol.
 *
 * Contract: when a vCPU that enabled MSR_KVM_ASYNC_PF_EN touches a page that the host must wait for, the host may raise
 *           a #PF whose CR2 is a token, with flags = KVM_PV_REASON_PAGE_NOT_PRESENT in the shared area. When the page
 *           is there, the host writes the same token into the area and raises the vector in MSR_KVM_ASYNC_PF_INT. It
 *           writes the next token when the guest has zeroed this one and written MSR_KVM_ASYNC_PF_ACK. There are no
 *           events after the vCPU disabled them.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN, _INT and _ACK; arch/x86/kvm/x86.c, kvm_arch_async_page_not_present(),
 *           kvm_arch_async_page_present(), apf_pageready_slot_free(); virt/kvm/async_pf.c.
 * How:      by touching untouched pages, each from a probe, so that the #PF handler can skip the access instead of
 *           waiting for the page (x86/kvm/apf.h). async_pf_cold_delivery.c has the conditions for "page not present",
 *           async_pf_cold_cpus.c the other vCPUs.
 * Needs:    cold, file-backed RAM, and a page-ready interrupt, for which the local APIC must be in the kernel.
 * Cannot show: that no token is 0 when the sequence wraps, which takes 2^20 faults.
 */
#include "lib/test.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/needs.h"

/*
 * KVM writes flags and injects a #PF with the token in CR2 (kvm_arch_async_page_not_present()), and leaves the rest of
 * the area alone. This is the first such fault of the first vCPU: hosts before Linux 5.17 counted from 0, so that its
 * token was 0, which means "no token" (alloc_apf_token()). [A16 A23 A35]
 */
TEST(async_pf_cold, a_missing_page_is_reported_with_a_token)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_touch_until_missing();
	EXPECT_EQ(apf_seen.missing[0] & APF_TOKEN_VCPU_MASK, this_cpu()->apic_id & APF_TOKEN_VCPU_MASK);
	apf_becomes_ready(apf_seen.missing[0]);
	EXPECT_BYTES(apf_area.pad, FILLER, sizeof(apf_area.pad));
}

/*
 * A guest resumes a task when its token arrives, so the page must be mapped by then: kvm_arch_async_page_ready() maps
 * it before kvm_arch_async_page_present() writes the token. [A17]
 */
TEST(async_pf_cold, the_page_is_there_when_its_token_comes_back)
{
	u8 *page;
	u64 content;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	page = apf_touch_until_missing();
	ASSERT_TRUE(apf_becomes_ready(apf_seen.missing[0]),
		    "got no page-ready event for token %#x within %u ms, want one", apf_seen.missing[0],
		    APF_READY_MS);
	EXPECT_EQ(apf_seen.ready_count, 1);
	EXPECT_EQ(apf_seen.ready_vector, APF_READY_VECTOR);
	EXPECT_NO_FAULT(fault_read_u64(page, &content));
	EXPECT_EQ(content, cold_content(page));
	EXPECT_EQ(apf_seen.missing_count, 1);
}

/*
 * When a guest does not wait but repeats the access, KVM halts the vCPU until the page is there: kvm_faultin_pfn()
 * finds the page number among those that it has reported already. [A18]
 */
TEST(async_pf_cold, trying_again_at_once_waits_for_the_page)
{
	u8 *page;
	u64 content;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	page = apf_touch_until_missing();
	EXPECT_NO_FAULT(fault_read_u64(page, &content));
	EXPECT_EQ(content, cold_content(page));
	EXPECT_EQ(apf_seen.missing_count, 1);
}

/* The old value of flags does not hold the next event back: KVM writes 1 whether the guest zeroed it or not. [A24] */
TEST(async_pf_cold, every_missing_page_sets_flags_to_1)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_touch_until_missing();
	WRITE_ONCE(apf_area.flags, 0x55); /* a host that only sets a bit would leave 0x55 */
	for (int i = 0; i < APF_TRIES && apf_seen.missing_count < 2; i++)
		apf_touch(cold_page());
	EXPECT_EQ(apf_seen.missing_count, 2);
}

/*
 * Several pages can be outstanding, and the guest tells them apart by their tokens: each is a new one, and comes back
 * exactly once, in any order. A token that came back twice, or not at all, would wake the wrong task or none. [A22]
 */
TEST(async_pf_cold, many_pages_are_outstanding_and_each_comes_back_once)
{
	u8 *pages[8];
	unsigned int count;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		apf_touch(pages[i] = cold_page());
	count = apf_seen.missing_count;
	ASSERT_GE(count, 2u);
	apf_check_each_ready_once(count);
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = 0; j < i; j++)
			EXPECT_NE(apf_seen.missing[i], apf_seen.missing[j]);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		apf_touch(pages[i]);
	EXPECT_EQ(apf_seen.missing_count, count); /* all pages are there, with the right content */
}

/*
 * KVM does not overwrite a token that the guest has not zeroed (apf_pageready_slot_free()), and looks for the next
 * one when the guest writes the ACK. If it missed that, tasks would wait for ever. [A25]
 */
TEST(async_pf_cold, the_next_token_waits_for_zero_and_acknowledgement)
{
	unsigned int count;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_seen.hold = true;
	count = apf_touch_many(4);
	ASSERT_GE(count, 2u);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count), APF_READY_MS),
		    "got no page-ready event within %u ms, want one", APF_READY_MS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, 1);
	EXPECT_EQ(apf_area.token, apf_seen.ready[0]);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1); /* the token is not zeroed yet, so this must not bring another */
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, 1);

	apf_seen.hold = false;
	irq_disable();
	apf_acknowledge();
	irq_enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count) == count, APF_READY_MS),
		    "got %u page-ready events, want %u", apf_seen.ready_count, count);
}

/* Disabling drops all that is outstanding or done: kvm_pv_enable_async_pf() clears the queues. [A26] */
TEST(async_pf_cold, nothing_comes_after_disabling)
{
	unsigned int ready;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	ASSERT_GE(apf_touch_many(4), 1u);
	wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	ready = READ_ONCE(apf_seen.ready_count);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, ready);

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, 0);
	EXPECT_EQ(apf_seen.wake_all_count, 1);
}

/*
 * Turning paging off does not disable asynchronous page faults, so their tokens must still arrive: a call of the
 * firmware or an SMI turns it off behind Linux's back, while tasks wait for their tokens. Hosts from Linux 5.8 on
 * dropped the tokens at every change of CR0.PG; "KVM: x86: Don't clear async #PF queue when CR0.PG is disabled" mended
 * that in 6.1.162 and 6.12.69, and 5.10's stable kernels still do it. A token that came earlier cannot be lost, so this is
 * done several times, and each time until all are there: KVM may also find a page finished when it has just dropped the tables
 * of the other mode. [A29]
 */
TEST(async_pf_cold, no_token_is_lost_when_paging_goes_off_and_on)
{
	unsigned int count;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (int i = 0; i < 4; i++) {
		count = apf_touch_many(4);
		ASSERT_GE(count, 1u);
		ASSERT_TRUE(timer_wait_until((paging_off_and_on(), READ_ONCE(apf_seen.ready_count) == count),
					     APF_READY_MS),
			    "got %u page-ready events after CR0.PG was cleared and set, want %u",
			    apf_seen.ready_count, count);
	}
}

/*
 * Tokens use the vector that is in MSR_KVM_ASYNC_PF_INT when the page is ready, of which KVM keeps a copy of its own.
 */
TEST(async_pf_cold, the_vector_can_be_changed)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	wrmsr(MSR_KVM_ASYNC_PF_INT, APF_OTHER_VECTOR);
	apf_touch_until_missing();
	ASSERT_TRUE(apf_becomes_ready(apf_seen.missing[0]),
		    "got no page-ready event for token %#x within %u ms, want one", apf_seen.missing[0],
		    APF_READY_MS);
	EXPECT_EQ(apf_seen.ready_vector, APF_OTHER_VECTOR);
}

static bool on_real_fault(struct trap_frame *frame)
{
	EXPECT_EQ(READ_ONCE(apf_area.flags), 0);
	EXPECT_EQ(read_cr2(), 8);
	EXPECT_EQ(frame->error, 0);
	return false;
}

/*
 * flags tells the guest's own #PF from the host's, so it must be 0 for one on page 0, which is not mapped here. [A37]
 */
TEST(async_pf_cold, a_fault_of_the_guests_own_has_flags_0)
{
	u64 value;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	trap_set_handler(PF_VECTOR, on_real_fault);
	EXPECT_FAULT(PF_VECTOR, fault_read_u64((void *)8, &value));
}

SUITE(async_pf_cold, .contract = "msr.rst, MSR_KVM_ASYNC_PF_EN, MSR_KVM_ASYNC_PF_INT, MSR_KVM_ASYNC_PF_ACK",
      .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
      .needs.conditions = NEED_COLD_MEMORY);
