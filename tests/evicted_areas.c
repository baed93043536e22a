/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages that were there, and that the host has taken out of its memory: those with the structures that KVM writes to.
 *
 * Contract: the structures are the guest's memory, which the host may take away at any time and has to bring back: what the
 *           host promises to write is written, where the guest finds it.
 * Source:   msr.rst; arch/x86/kvm/x86.c, kvm_setup_guest_pvclock(), record_steal_time(), kvm_arch_async_page_not_present();
 *           virt/kvm/pfncache.c; lapic.c, pv_eoi_put_user().
 * How:      each structure has a page of its own, which is evicted (x86/kvm/evict.h), and then the host has a reason to write.
 *           For clock and steal time that is a pause of the VM. The suite begins in evicted.c.
 * Needs:    the channel, cold memory and the feature.
 * Cannot show: that the page was still missing when the host wrote to it.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/evict.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/told.h"
#include "x86/platform/channel.h"

/* Each eviction is some work for several threads of a host that may be busy. */
#define BUDGET .budget_ms = 60000

#define PAUSE_MS   10
#define FIRST_MS   1000
#define ROUNDS	   3
#define EOI_ROUNDS 8u
#define EOI_VECTOR 0x51
#define HANDLER_MS 10000
#define STAY_MS	   2000

static void evict_and_pause(const void *page)
{
	struct channel_pause pause;

	evict(page, EVICT_PAGE);
	channel_pause(PAUSE_MS, &pause);
}

/*
 * A pause has KVM write the whole structure. KVM keeps its page mapped, and has to notice that it is another page of the host
 * now (gfn_to_pfn_cache, since Linux 5.17). A clock that was updated in the old one stands still. [K59]
 */
TEST(evicted, kvmclock_is_updated, BUDGET, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	struct pvclock_vcpu_time_info *clock = evict_new_page();

	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)clock | KVM_MSR_ENABLED);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(clock->version), FIRST_MS),
		    "version: got 0 for %u ms after enabling, want another", FIRST_MS);
	for (int i = 0; i < ROUNDS; i++) {
		struct pvclock_vcpu_time_info before = *clock;

		WRITE_ONCE(clock->flags, before.flags & (u8)~PVCLOCK_GUEST_STOPPED);
		evict_and_pause(clock);
		EXPECT_EQ(READ_ONCE(clock->version) % 2, 0u);
		EXPECT_NE(READ_ONCE(clock->version), before.version);
		EXPECT_TRUE(READ_ONCE(clock->flags) & PVCLOCK_GUEST_STOPPED,
			    "GUEST_STOPPED: got it clear after a pause, want it set");
		EXPECT_GT(READ_ONCE(clock->tsc_timestamp), before.tsc_timestamp);
	}
}

/*
 * KVM writes the structure when the vCPU's thread comes back to its CPU. It used to keep the host's page from one time to the
 * next, and did not notice that it was another one, until "KVM: x86: Fix recording of guest steal time / preempted status"
 * (Linux 5.16, and stable kernels). [S27]
 */
TEST(evicted, steal_time_is_updated, BUDGET, .needs.features = BIT(KVM_FEATURE_STEAL_TIME))
{
	struct kvm_steal_time *area = evict_new_page();

	wrmsr(MSR_KVM_STEAL_TIME, (u64)area | KVM_MSR_ENABLED);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(area->version), FIRST_MS),
		    "version: got 0 for %u ms after enabling, want another", FIRST_MS);
	for (int i = 0; i < ROUNDS; i++) {
		u32 version = READ_ONCE(area->version);
		u64 steal = READ_ONCE(area->steal);

		evict_and_pause(area);
		EXPECT_NE(READ_ONCE(area->version), version);
		EXPECT_EQ(READ_ONCE(area->version) % 2, 0u);
		EXPECT_EQ(READ_ONCE(area->preempted), 0);
		EXPECT_GE(READ_ONCE(area->steal), steal);
	}
}

static struct kvm_vcpu_pv_apf_data *apf;
static u32 missing[2], ready;
static unsigned int missing_count;
static bool hold;

static bool on_page_fault(struct trap_frame *frame)
{
	(void)frame;
	if (READ_ONCE(apf->flags) == KVM_PV_REASON_PAGE_NOT_PRESENT) {
		WRITE_ONCE(apf->flags, 0);
		if (missing_count < ARRAY_SIZE(missing))
			missing[missing_count++] = (u32)read_cr2();
	}
	return false; /* the probe ends as if its page were not there */
}

/* An interrupt that finds no token is a doubled one. */
static bool on_ready(struct trap_frame *frame)
{
	u32 token = READ_ONCE(apf->token);

	(void)frame;
	if (token)
		WRITE_ONCE(ready, token);
	if (!hold) {
		WRITE_ONCE(apf->token, 0);
		wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	}
	apic_eoi();
	return true;
}

static void enable_apf(void)
{
	apf = evict_new_page();
	ready = missing_count = 0;
	hold = false;
	trap_set_handler(PF_VECTOR, on_page_fault);
	trap_set_handler(APF_READY_VECTOR, on_ready);
	wrmsr(MSR_KVM_ASYNC_PF_INT, APF_READY_VECTOR);
	wrmsr(MSR_KVM_ASYNC_PF_EN,
	      (u64)apf | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT | KVM_ASYNC_PF_SEND_ALWAYS);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready) == KVM_ASYNC_PF_WAKE_ALL, APF_READY_MS),
		    "got no wake-all event within %u ms of enabling, want one", APF_READY_MS);
}

/* Each of these events is the host's first access to a structure that is missing. */
static void touch_two_missing_pages(void)
{
	u64 content;

	for (int i = 0; i < APF_TRIES && missing_count < ARRAY_SIZE(missing); i++) {
		const u8 *page = cold_page();

		evict(apf, EVICT_PAGE);
		fault_read_u64(page, &content);
	}
	ASSERT_EQ(missing_count, ARRAY_SIZE(missing));
}

/*
 * KVM writes flags, and a token, and it looks whether the token before that has been taken: apf_put_user_notpresent(),
 * apf_pageready_slot_free(). Each may have to fetch the structure first. The second token waits for the acknowledgement, so
 * that KVM looks for it in a page that is missing for certain. [A43]
 */
TEST(evicted, async_page_faults_find_their_structure, BUDGET,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT))
{
	u32 first;

	enable_apf();
	hold = true;
	touch_two_missing_pages();
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready) != KVM_ASYNC_PF_WAKE_ALL, APF_READY_MS),
		    "got no page-ready event within %u ms, want one", APF_READY_MS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	first = ready;
	EXPECT_TRUE(first == missing[0] || first == missing[1], "token: got %#x, want %#x or %#x", first,
		    missing[0], missing[1]);
	hold = false;
	WRITE_ONCE(apf->token, 0);
	evict(apf, EVICT_PAGE);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(ready) == missing[0] + missing[1] - first, APF_READY_MS),
		    "got no page-ready event for token %#x within %u ms, want one",
		    missing[0] + missing[1] - first, APF_READY_MS);
}

static u32 *word;
static unsigned int taken;
static bool enabled, in_handler, leave;

/*
 * Without an exit, at which the host would take the bit back. A doubled interrupt may come between two rounds: it does not stay
 * for ever.
 */
static bool on_interrupt(struct trap_frame *frame)
{
	u64 end = rdtsc() + timer_ns_to_tsc(STAY_MS * NS_PER_MS);

	(void)frame;
	pv_eoi_look(word);
	WRITE_ONCE(in_handler, true);
	while (!READ_ONCE(leave) && rdtsc() < end)
		pause();
	pv_eoi_end(word);
	taken++;
	return true;
}

static void take_interrupts(void *unused)
{
	(void)unused;
	timer_watchdog_stop(); /* the boot CPU's is for both */
	trap_set_handler(EOI_VECTOR, on_interrupt);
	wrmsr(MSR_KVM_PV_EOI_EN, (u64)word | KVM_MSR_ENABLED);
	WRITE_ONCE(enabled, true);
	timer_wait_until(READ_ONCE(taken) >= EOI_ROUNDS, EOI_ROUNDS * HANDLER_MS);
	wrmsr(MSR_KVM_PV_EOI_EN, 0);
}

/*
 * KVM sets the bit before the handler, in every other round in a page that it has to fetch, and looks at it at the next exit.
 * The first access to a page that is not mapped is an exit, at which KVM takes the bit back: so the handler seldom sees it. Its
 * page goes once more before it ends the interrupt. If KVM took its own bit for one that the guest has left, or forgot it, the
 * next interrupt would wait for ever. [E25]
 */
TEST(evicted, interrupts_go_on_that_end_by_the_bit, .needs.features = BIT(KVM_FEATURE_PV_EOI),
     .needs.cpus = 2, BUDGET)
{
	word = evict_new_page();
	taken = 0;
	enabled = false;
	pv_eoi_start_looking();
	smp_post(1, take_interrupts, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(enabled), HANDLER_MS),
		    "got vCPU 1 not ready after %u ms, want it ready", HANDLER_MS);
	for (unsigned int i = 0; i < EOI_ROUNDS; i++) {
		in_handler = leave = false;
		if (i % 2)
			evict(word, EVICT_PAGE);
		apic_send(smp_cpu(1)->apic_id, APIC_INT_ASSERT | EOI_VECTOR);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(in_handler), HANDLER_MS),
			    "got no interrupt no. %u within %u ms, want one", i + 1, HANDLER_MS);
		evict_once(word, EVICT_PAGE);
		WRITE_ONCE(leave, true);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) > i, HANDLER_MS),
			    "got no end of handler no. %u within %u ms, want one", i + 1, HANDLER_MS);
	}
	ASSERT_TRUE(timer_wait_until(smp_idle(1), HANDLER_MS), "got vCPU 1 busy for %u ms, want it done",
		    HANDLER_MS);
	EXPECT_LE(taken, told_interrupts_max(EOI_ROUNDS));
	test_observed("the handler %s the bit", pv_eoi_bits_seen ? "sees" : "never sees");
}
