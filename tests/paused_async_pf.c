/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that the VMM stops and lets go on: pages that a vCPU waits for meanwhile.
 *
 * Contract: each page that was reported as not present is reported as ready, exactly once, whether it arrives before a
 *           pause, in it or afterwards.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_INT; virt/kvm/async_pf.c: a kernel thread fetches the page, whatever becomes of the
 *           vCPU, and kvm_check_async_pf_completion() reports it when the vCPU runs.
 * How:      by touching many pages of cold memory, and a pause with interrupts off: of all events KVM delivers one at most
 *           until the guest acknowledges it, so the others are under way over the pause.
 * Needs:    the channel, cold memory, and a page-ready interrupt.
 * Cannot show: which of the pages arrived in the pause itself.
 */
#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/needs.h"
#include "x86/platform/channel.h"

#define PAUSE_MS 100
#define PAGES	 8

/* QEMU takes the vCPU out of KVM_RUN, and the queue of what is finished has to be there when the vCPU comes back. [A41] */
TEST(paused, pages_that_are_awaited_come_back_once_each,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_COLD_MEMORY)
{
	struct channel_pause stood;
	unsigned int count;
	u8 *pages[PAGES];

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < PAGES; i++)
		apf_touch(pages[i] = cold_page());
	irq_disable();
	count = apf_seen.missing_count;
	ASSERT_GE(count, 2u);
	channel_pause(PAUSE_MS, &stood);
	irq_enable();
	apf_check_each_ready_once(count);
	for (unsigned int i = 0; i < PAGES; i++)
		apf_touch(pages[i]);
	EXPECT_EQ(apf_seen.missing_count, count); /* all pages are there, with the right content */
}
