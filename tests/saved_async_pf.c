/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that is saved, and restored in another process of the VMM: pages that a vCPU waits for meanwhile.
 *
 * Contract: each page that was reported as not present is reported as ready before the save, or by the one token for all pages
 *           after the restore.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_INT; arch/x86/kvm/x86.c, kvm_pv_enable_async_pf(), which queues the token where the VMM
 *           restores MSR_KVM_ASYNC_PF_EN; Linux, arch/x86/kernel/kvm.c, apf_task_wake_all().
 * How:      by touching many pages of cold memory, and a save with interrupts off: of all events KVM delivers one at most until
 *           the guest acknowledges it, so the others are under way over the save. The new VM has the same memory.
 * Needs:    the channel, cold memory, and a page-ready interrupt.
 * Cannot show: which of the pages arrived before the save.
 */
#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/needs.h"
#include "x86/platform/channel.h"

#define PAGES	 8
#define SAVES_MS 30000

/* The new VM may have to wait for a page again. */
static void expect_there(const u8 *page)
{
	unsigned int before = apf_seen.missing_count;

	if (apf_touch(page))
		EXPECT_TRUE(apf_becomes_ready(apf_seen.missing[before]),
			    "got no page-ready event for token %#x after the restore, want one",
			    apf_seen.missing[before]);
	EXPECT_TRUE(!apf_touch(page), "got a page that is not present once more, want it to stay");
}

/* The threads that fetch pages belong to the old VM, and with them what they have finished but not delivered. [A44] */
TEST(saved, pages_that_are_awaited_come_back, .budget_ms = SAVES_MS,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_COLD_MEMORY)
{
	struct channel_save save;
	unsigned int count;
	u8 *pages[PAGES];

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < PAGES; i++)
		apf_touch(pages[i] = cold_page());
	irq_disable();
	count = apf_seen.missing_count;
	ASSERT_GE(count, 2u);
	ASSERT_EQ(apf_seen.wake_all_count, 1u);
	channel_save(0, &save);
	irq_enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(apf_seen.wake_all_count) > 1, APF_READY_MS),
		    "got no token for all pages within %u ms after the restore, want one", APF_READY_MS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.wake_all_count, 2u);
	EXPECT_LE(apf_seen.ready_count, count);
	for (unsigned int i = 0; i < PAGES; i++)
		expect_there(pages[i]);
}
