/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: what disabling leaves behind, which is nothing.
 *
 * Contract: disabling drops all events, of pages that are on their way and of pages that are there but whose tokens wait. It
 *           makes room for as many pages as at the start. Enabling brings one "wake all", whatever was awaited before.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN; arch/x86/kvm/x86.c, kvm_pv_enable_async_pf(),
 *           kvm_arch_can_dequeue_async_page_present(); virt/kvm/async_pf.c, kvm_clear_async_pf_completion_queue().
 * How:      by disabling with pages in each state (x86/kvm/apf.h), and enabling again. The suite begins in async_pf_cold.c.
 * Needs:    cold, file-backed RAM, and a local APIC in the kernel.
 * Cannot show: that the host has given up reading the pages, which no guest sees.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"

/* More pages than may be outstanding at a time, in rounds. */
#define ROUNDS 5
#define PAGES  16

/* Leaves a token in the area, so that no other is written there. */
static void wait_for_token_and_keep_it(void)
{
	apf_seen.hold = true;
	ASSERT_GE(apf_touch_many(4), 2u);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count), APF_READY_MS),
		    "got no page-ready event within %u ms, want one", APF_READY_MS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
}

/*
 * The pages are there, and their tokens are in the host's queue, since the area has another one. Disabling has to empty that
 * queue, too. With something in it, enabling would bring no "wake all", because the host takes it for one that waits. [A26 A46]
 */
TEST(async_pf_cold, tokens_that_wait_are_dropped_by_disabling)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	wait_for_token_and_keep_it();
	wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, 0);
	EXPECT_EQ(apf_seen.wake_all_count, 1);
}

/*
 * While it is disabled the vCPU waits for its pages, and the host forgets them when they are there, whatever the area held
 * when it was last enabled. [A46]
 */
TEST(async_pf_cold, pages_that_are_awaited_while_disabled_do_not_keep_wake_all_back)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	wait_for_token_and_keep_it();
	wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!apf_touch(cold_page()),
			    "got a page-not-present event while disabled, want none");
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
}

/* The host counts the pages that are outstanding, and must not count those that it has dropped. [A46] */
TEST(async_pf_cold, disabling_makes_room_for_other_pages)
{
	unsigned int count = 0;

	for (int round = 0; round < ROUNDS; round++) {
		apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
		apf_seen.hold = true; /* all but the first stay outstanding */
		for (int i = 0; i < PAGES; i++)
			apf_touch(cold_page_at(COLD_CHOSEN, NULL, 0));
		count += apf_seen.missing_count;
		wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	}
	ASSERT_GE(count, 2u);
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_touch_until_missing();
}
