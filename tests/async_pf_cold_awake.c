/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: a vCPU runs while its page is on its way.
 *
 * Contract: "page not present" comes when the host begins to wait, and "page ready" when it has the page. In between the vCPU
 *           runs, which is what the events are for.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN; virt/kvm/async_pf.c, kvm_setup_async_pf() and async_pf_execute(): another thread
 *           of the host reads the page.
 * How:      by a page that takes COLD_SLOW_MS, and a loop that reads the clock until it is there. The suite begins in
 *           async_pf_cold.c.
 * Needs:    cold, file-backed RAM, and a local APIC in the kernel.
 * Cannot show: how much of the time the vCPU runs, since the host may have other work.
 */
#include "lib/test.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"

/* A small part of what a page takes. */
#define RUN_MS 20

/* The vCPU may be off its CPU for as long as the page takes, but not each time. */
#define TRIES 6

/* Until the token is back. The longest time that the vCPU was away does not count. */
static u64 run_until_ready(u32 token)
{
	u64 start = timer_ns(), last = start, longest = 0;

	while (!apf_is_ready(token) && last - start < APF_READY_MS * NS_PER_MS) {
		u64 now = timer_ns();

		longest = MAX(longest, now - last);
		last = now;
	}
	EXPECT_TRUE(apf_is_ready(token), "got no page-ready event for token %#x within %u ms, want one",
		    token, APF_READY_MS);
	return last - start - longest;
}

/*
 * A host that reads the page in the vCPU's own thread keeps the vCPU away all the time, in one piece, and might as well send
 * no events. [A47]
 */
TEST(async_pf_cold, the_vcpu_runs_while_its_page_is_on_its_way)
{
	u64 most = 0;

	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (int i = 0; i < TRIES && most < RUN_MS * NS_PER_MS; i++) {
		u64 ran = 0;

		if (apf_touch(cold_page_at(COLD_SLOW, NULL, 0)))
			ran = run_until_ready(apf_seen.missing[apf_seen.missing_count - 1]);
		most = MAX(most, ran);
	}
	ASSERT_GE(apf_seen.missing_count, 1u);
	EXPECT_GE(most, RUN_MS * NS_PER_MS);
}
