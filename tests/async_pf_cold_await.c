/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: a vCPU that waits for its pages in HLT.
 *
 * Contract: "page ready" is an interrupt, and an interrupt ends a HLT. A write to MSR_KVM_ASYNC_PF_ACK has KVM look for
 *           the next finished page, so no page is forgotten between that write and the HLT.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN and _ACK; arch/x86/kvm/x86.c, kvm_vcpu_has_events(),
 *           kvm_arch_async_page_present_queued(); virt/kvm/async_pf.c, async_pf_execute().
 * How:      vCPU 1 touches untouched pages (x86/kvm/apf.h), stops its timer and halts, so that "page ready" is the only
 *           interrupt that can end the HLT. The boot CPU watches. The suite begins in async_pf_cold.c.
 * Needs:    cold, file-backed RAM, a local APIC in the kernel, two vCPUs.
 * Cannot show: that KVM wakes the vCPU at once, because a host that has work for the vCPU's thread wakes it later.
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"

/* The host reads each of these pages within milliseconds, but its threads may be off their CPUs for long. */
#define AWAIT_MS 5000
/* Readahead, or a fast disk, may bring a page before the vCPU halts; so many HLTs are enough. */
#define HALTS_WANTED 3u
#define ROUNDS	     12u
#define ROUNDS_MS    3000 /* a round takes 20 ms with a disk of 5 ms */

static unsigned int halts;

/* On vCPU 1: halt until as many pages are ready as were missing. */
static void halt_until_all_are_ready(void)
{
	irq_disable();
	while (apf_seen.ready_count < apf_seen.missing_count) {
		WRITE_ONCE(halts, halts + 1);
		irq_enable_and_halt();
		irq_disable();
	}
	irq_enable();
}

static void await_one_page(void *argument)
{
	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_watchdog_stop(); /* the boot CPU's is for both */
	for (int i = 0; i < APF_TRIES && halts < HALTS_WANTED; i++) {
		apf_touch_until_missing();
		halt_until_all_are_ready();
	}
}

static void wait_for_one_more_than(unsigned int ready)
{
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count) > ready, APF_READY_MS),
		    "got no page-ready event within %u ms, want one", APF_READY_MS);
}

/* The acknowledgement is the last thing that vCPU 1 does before it halts. */
static void acknowledge_and_halt(void)
{
	irq_disable();
	apf_seen.hold = false;
	apf_acknowledge();
	halt_until_all_are_ready();
}

static void await_pages_that_are_finished(void *argument)
{
	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_watchdog_stop();
	apf_seen.hold = true;
	apf_touch_until_missing();
	apf_touch_until_missing();
	wait_for_one_more_than(0);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	acknowledge_and_halt();
}

/* One page keeps the slot busy. The next is acknowledged earlier or later than it is likely to be finished. */
static void await_pages_that_are_being_read(void *argument)
{
	u64 end;

	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_watchdog_stop();
	end = timer_ns() + ROUNDS_MS * NS_PER_MS;
	for (unsigned int round = 0; round < ROUNDS && timer_ns() < end; round++) {
		unsigned int ready = apf_seen.ready_count;
		u64 start, took;

		apf_seen.hold = true;
		apf_touch_until_missing();
		start = timer_ns();
		wait_for_one_more_than(ready);
		took = MIN(timer_ns() - start, APF_QUIET_MS * NS_PER_MS);
		apf_touch_until_missing();
		timer_spin(took * round * 5 / 4 / ROUNDS);
		acknowledge_and_halt();
	}
}

static unsigned int count_events(void)
{
	return READ_ONCE(apf_seen.missing_count) + READ_ONCE(apf_seen.ready_count);
}

/* Until vCPU 1 has done its work, or no event comes any more. */
static void wait_for_work(void (*work)(void *argument))
{
	unsigned int events;

	halts = 0;
	smp_post(1, work, NULL);
	do
		events = count_events();
	while (!timer_wait_until(smp_idle(1), AWAIT_MS) && count_events() != events);
}

static void restart_if_stuck(void)
{
	if (!smp_idle(1))
		ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
}

static void expect_to_be_woken(void (*work)(void *argument))
{
	wait_for_work(work);
	EXPECT_TRUE(
		smp_idle(1),
		"got vCPU 1 at HLT no. %u and no event for %u ms, want page-ready interrupts to end each HLT: "
		"%u of %u pages are ready, the token in the area is %#x",
		READ_ONCE(halts), AWAIT_MS, READ_ONCE(apf_seen.ready_count),
		READ_ONCE(apf_seen.missing_count), READ_ONCE(apf_area.token));
	restart_if_stuck();
}

/*
 * KVM may go on with a halted vCPU only when it has an event, and a finished page is one: kvm_vcpu_has_events() looks at
 * vcpu->async_pf.done. A vCPU that spins meanwhile gets its interrupt at the next exit, and does not show it if that is
 * missing. [A38]
 */
TEST(async_pf_cold, a_page_that_is_awaited_in_hlt_wakes_its_vcpu, .needs.cpus = 2, .budget_ms = 20000)
{
	expect_to_be_woken(await_one_page);
	if (!halts)
		test_skip(UNMET_LUCK, "page-after-hlt");
}

/*
 * All pages are finished when the guest acknowledges the first, and nothing else happens on the vCPU afterwards: the
 * write to MSR_KVM_ASYNC_PF_ACK alone can bring the second. [A39]
 */
TEST(async_pf_cold, an_acknowledgement_before_hlt_brings_the_pages_that_wait, .needs.cpus = 2,
     .budget_ms = 20000)
{
	expect_to_be_woken(await_pages_that_are_finished);
}

/*
 * Pages are finished while the guest acknowledges the first. The host's thread that finishes a page leaves it to the
 * acknowledgement if it finds the slot busy, and the acknowledgement leaves it to that thread if it finds no page. [A39]
 */
TEST(async_pf_cold, no_page_is_lost_that_comes_with_the_acknowledgement_before_hlt, .needs.cpus = 2,
     .budget_ms = 20000)
{
	expect_to_be_woken(await_pages_that_are_being_read);
}

static void await_a_page_while_a_token_waits(void *argument)
{
	const u8 *page;

	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_watchdog_stop();
	apf_seen.hold = true;
	apf_touch_until_missing();
	wait_for_one_more_than(0);
	page = cold_page_at(COLD_SLOW, NULL, 0);
	apf_touch(page);
	EXPECT_TRUE(!apf_touch(page), "got the page reported once more, want to wait for it");
}

/*
 * A vCPU that touches a missing page again waits in KVM, and while the area has a token no interrupt tells it that the page is
 * there: the host's thread that has read the page must wake the vCPU itself (async_pf_execute()). [A18]
 */
TEST(async_pf_cold, a_page_that_is_touched_again_wakes_its_vcpu_while_a_token_waits, .needs.cpus = 2,
     .budget_ms = 20000)
{
	wait_for_work(await_a_page_while_a_token_waits);
	EXPECT_TRUE(smp_idle(1),
		    "got vCPU 1 waiting for a page for %u ms, want it to go on when the page is there",
		    AWAIT_MS);
	restart_if_stuck();
}
