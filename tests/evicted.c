/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that were there, and that the host has taken out of its memory: the guest's own.
 *
 * Contract: a page that is missing again is reported like one that was never there, and comes back with what was last written
 *           to it.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN and _INT; arch/x86/kvm/mmu/mmu.c, kvm_unmap_gfn_range(), kvm_faultin_pfn().
 * How:      the guest asks the runner to evict pages of cold memory (x86/kvm/evict.h). The host unmaps them from the guest,
 *           writes them back, and drops them from its page cache, as under memory pressure.
 * Needs:    the channel and cold memory; for the events a page-ready interrupt.
 * Cannot show: what becomes of memory that no file backs, which a host would swap out.
 */
#include "lib/test.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/evict.h"
#include "x86/kvm/needs.h"

#define PAGES	  16u
#define CONTENT	  0x6576696374656400ull
#define EVICTIONS 10u
#define START_MS  1000

/* Each eviction is some work for several threads of a host that may be busy. */
#define BUDGET .budget_ms = 60000
#define EVENTS BUDGET, .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT)

static u8 *pages[PAGES];

static u64 content_of(unsigned int page)
{
	return CONTENT + page;
}

/* One eviction takes them all, with what lies between them. */
static void evict_pages_with_content(void)
{
	for (unsigned int i = 0; i < PAGES; i++) {
		pages[i] = evict_new_page();
		WRITE_ONCE(*(u64 *)pages[i], content_of(i));
	}
	evict(pages[0], (u64)(pages[PAGES - 1] - pages[0]) + EVICT_PAGE);
}

/* Returns whether the access raised "page not present". */
static bool touch(unsigned int page)
{
	unsigned int before = apf_seen.missing_count;
	u64 content;

	if (!fault_read_u64(pages[page], &content))
		EXPECT_EQ(content, content_of(page));
	return apf_seen.missing_count != before;
}

/* The host may have reasons to wait for a page itself, but not for most of them. */
static void expect_events(unsigned int count)
{
	test_observed("%s evicted pages are reported as missing", count == PAGES     ? "all" :
								  count >= PAGES / 2 ? "most" :
										       "few");
	EXPECT_GE(count, PAGES / 2);
}

/*
 * kvm_unmap_gfn_range() takes the page out of the guest's page tables, so that the access faults, and kvm_faultin_pfn() finds
 * that the host has to wait for it. When its token comes back, the page is there, with what the guest wrote. [A42]
 */
TEST(evicted, a_page_that_was_there_is_reported_and_comes_back, EVENTS)
{
	unsigned int count = 0;

	evict_pages_with_content();
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < PAGES; i++) {
		if (!touch(i))
			continue;
		count++;
		ASSERT_TRUE(apf_becomes_ready(apf_seen.missing[apf_seen.missing_count - 1]),
			    "got no page-ready event for token %#x within %u ms, want one",
			    apf_seen.missing[apf_seen.missing_count - 1], APF_READY_MS);
		EXPECT_TRUE(!touch(i), "page %u: got it missing again after it was ready, want it there", i);
	}
	expect_events(count);
}

/* All are on their way at once, which is what a guest meets after its host was short of memory. [A22 A42] */
TEST(evicted, many_pages_at_once_come_back_once_each, EVENTS)
{
	unsigned int count;

	evict_pages_with_content();
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < PAGES; i++)
		touch(i);
	count = apf_seen.missing_count;
	expect_events(count);
	apf_check_each_ready_once(count);
	for (unsigned int i = 0; i < PAGES; i++)
		touch(i);
	EXPECT_EQ(apf_seen.missing_count, count); /* all pages are there, with the right content */
}

/* Without async page faults the vCPU waits in KVM, and the guest sees nothing but its content. [A42] */
TEST(evicted, without_events_a_page_comes_back_all_the_same, BUDGET)
{
	evict_pages_with_content();
	for (unsigned int i = 0; i < PAGES; i++)
		EXPECT_EQ(READ_ONCE(*(u64 *)pages[i]), content_of(i));
}

static u64 *counter, written;
static bool stop;

static void count_up(void *unused)
{
	(void)unused;
	timer_watchdog_stop(); /* the boot CPU's is for both */
	while (!READ_ONCE(stop))
		WRITE_ONCE(*counter, ++written);
}

/*
 * The other vCPU goes on writing while its page is taken away: the last write has to be in what the host keeps, or a
 * translation outlived the page.
 */
TEST(evicted, no_write_of_another_vcpu_is_lost, BUDGET, .needs.cpus = 2)
{
	u64 seen = 0;

	counter = evict_new_page();
	written = 0;
	stop = false;
	smp_post(1, count_up, NULL);
	for (unsigned int i = 0; i < EVICTIONS; i++) {
		u64 now;

		ASSERT_TRUE(timer_wait_until(READ_ONCE(*counter) != seen, START_MS),
			    "got the counter at %lu for %u ms, want it to go on", seen, START_MS);
		now = READ_ONCE(*counter);
		EXPECT_GT(now, seen);
		seen = now;
		evict_once(counter, EVICT_PAGE);
	}
	WRITE_ONCE(stop, true);
	ASSERT_TRUE(timer_wait_until(smp_idle(1), START_MS), "got vCPU 1 busy for %u ms, want it done",
		    START_MS);
	EXPECT_EQ(*counter, written);
}

SUITE(evicted, .contract = "msr.rst", .needs.conditions = NEED_CHANNEL | NEED_COLD_MEMORY);
