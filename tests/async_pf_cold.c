/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults, on memory that the host really has to fetch from a disk.
 *
 * Contract: when the guest touches a page that the host must wait for, a vCPU that enabled MSR_KVM_ASYNC_PF_EN may
 *           be told so with a #PF whose CR2 is a token, and flags = KVM_PV_REASON_PAGE_NOT_PRESENT in the shared
 *           area. It is told at CPL 3 only, unless it asked for SEND_ALWAYS, and never with interrupts off. When
 *           the page is there, the host puts the same token into the area and raises the chosen vector; the next
 *           token comes when this one is zeroed and acknowledged. Nothing comes after the vCPU disabled it all.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN, _INT and _ACK; arch/x86/kvm/x86.c, kvm_arch_async_page_not_present(),
 *           kvm_arch_async_page_present(), kvm_can_deliver_async_pf(); virt/kvm/async_pf.c.
 * How:      by touching pages that nobody touched before, each from a probe, so that the #PF handler can go on behind
 *           the access instead of waiting.
 * Needs:    cold, file-backed RAM, and a page-ready interrupt, which takes a local APIC in the host's kernel.
 * Cannot show: that no token is 0 when their sequence wraps, which takes 2^20 faults.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/cpu/user.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

#define READY_VECTOR	0x51
#define OTHER_VECTOR	0x61
#define TOKEN_VCPU_MASK 0xfffu /* kvm_setup_async_pf(): token = sequence << 12 | vcpu_id */
#define OUTSTANDING_MAX 64 /* ASYNC_PF_PER_VCPU, include/linux/kvm_host.h */
#define EVENTS_MAX	256

/* A disk answers within milliseconds; the thread that waits for it, and this vCPU, may each be off their CPU for long. */
#define READY_MS 2000
/* For "nothing comes": many times what a page takes to arrive. */
#define QUIET_MS 50
/* Emulated virtualization delivers about one interrupt in 2000 twice; that is not the host kernel's doing. */
#define REPEATS_MAX 2u
/* Host-side readahead, or the firmware, may have brought a page in already; not so many in a row. */
#define TRIES 8

static struct kvm_vcpu_pv_apf_data area;

/* What the handlers saw, in order. */
static struct {
	u32 missing[EVENTS_MAX]; /* tokens of "page not present" */
	u32 ready[EVENTS_MAX]; /* tokens of "page ready" */
	unsigned int missing_count, ready_count, wake_all_count;
	unsigned int repeat_count; /* interrupts without a new token */
	unsigned int ready_vector;
	bool hold; /* leave the token where it is, and do not acknowledge */
} seen;

static bool on_page_fault(struct trap_frame *frame)
{
	u32 flags = READ_ONCE(area.flags);

	if (flags != KVM_PV_REASON_PAGE_NOT_PRESENT)
		return false;
	WRITE_ONCE(area.flags, 0);
	EXPECT_EQ(frame->error, 0);
	EXPECT_NE((u32)read_cr2(), 0);
	if (seen.missing_count < EVENTS_MAX)
		seen.missing[seen.missing_count++] = (u32)read_cr2();
	return false; /* the probe ends as if its page were not there */
}

static bool is_ready(u32 token)
{
	for (unsigned int i = 0; i < READ_ONCE(seen.ready_count); i++)
		if (seen.ready[i] == token)
			return true;
	return false;
}

static void acknowledge(void)
{
	WRITE_ONCE(area.token, 0);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
}

static bool on_ready(struct trap_frame *frame)
{
	u32 token = READ_ONCE(area.token);

	seen.ready_vector = (unsigned int)frame->vector;
	if (token == KVM_ASYNC_PF_WAKE_ALL)
		seen.wake_all_count++;
	else if (!token || (seen.hold && is_ready(token)))
		seen.repeat_count++;
	else if (seen.ready_count < EVENTS_MAX)
		seen.ready[seen.ready_count++] = token;
	if (!seen.hold)
		acknowledge();
	apic_eoi();
	return true;
}

/* Enable on this vCPU, and let the wake-all event, which every enabling brings, pass. */
static void enable(u64 options)
{
	memset(&seen, 0, sizeof(seen));
	memset(&area, 0, sizeof(area));
	memset(area.pad, FILLER, sizeof(area.pad));
	trap_set_handler(PF_VECTOR, on_page_fault);
	trap_set_handler(READY_VECTOR, on_ready);
	trap_set_handler(OTHER_VECTOR, on_ready);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_INT, READY_VECTOR));
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_ENABLED |
								KVM_ASYNC_PF_DELIVERY_AS_INT | options));
	ASSERT_TRUE(timer_wait_until(READ_ONCE(seen.wake_all_count), READY_MS),
		    "no wake-all event after enabling");
}

/* Touch a cold page. Returns whether the vCPU was told that the page is not present; then it has not been read. */
static bool touch(const u8 *page)
{
	unsigned int before = seen.missing_count;
	u64 content;

	if (!fault_read_u64(page, &content))
		EXPECT_EQ(content, cold_content(page));
	return seen.missing_count != before;
}

/* The first of a few cold pages whose access is answered by "page not present". */
static u8 *touch_until_told(void)
{
	for (int i = 0; i < TRIES; i++) {
		u8 *page = cold_page();

		if (touch(page))
			return page;
	}
	ASSERT_TRUE(false, "none of %d cold pages was reported as not present", TRIES);
	return NULL;
}

static unsigned int touch_many(unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++)
		touch(cold_page());
	return seen.missing_count;
}

/*
 * Source: kvm_arch_async_page_not_present(); the area's other bytes are nobody's. This is the first such fault of the
 * first vCPU, where hosts before Linux 5.17 counted from 0: alloc_apf_token(). [A16 A23 A35]
 */
TEST(async_pf_cold, a_missing_page_is_reported_with_a_token)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	touch_until_told();
	EXPECT_EQ(seen.missing[0] & TOKEN_VCPU_MASK, this_cpu()->apic_id & TOKEN_VCPU_MASK);
	timer_wait_until(is_ready(seen.missing[0]), READY_MS);
	EXPECT_BYTES(area.pad, FILLER, sizeof(area.pad));
}

/* Source: kvm_arch_async_page_present(). [A17] */
TEST(async_pf_cold, the_page_is_there_when_its_token_comes_back)
{
	u8 *page;
	u64 content;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	page = touch_until_told();
	ASSERT_TRUE(timer_wait_until(is_ready(seen.missing[0]), READY_MS), "token %#x never came back",
		    seen.missing[0]);
	EXPECT_EQ(seen.ready_count, 1);
	EXPECT_EQ(seen.ready_vector, READY_VECTOR);
	EXPECT_NO_FAULT(fault_read_u64(page, &content));
	EXPECT_EQ(content, cold_content(page));
	EXPECT_EQ(seen.missing_count, 1);
}

/*
 * A guest that does not wait, but tries again, is made to wait: kvm_faultin_pfn() halts a vCPU that faults
 * on a page which it was told about already. [A18]
 */
TEST(async_pf_cold, trying_again_at_once_waits_for_the_page)
{
	u8 *page;
	u64 content;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	page = touch_until_told();
	EXPECT_NO_FAULT(fault_read_u64(page, &content));
	EXPECT_EQ(content, cold_content(page));
	EXPECT_EQ(seen.missing_count, 1);
}

/* The flags word does not gate the next event: the host writes 1 whether the guest zeroed it or not. [A24] */
TEST(async_pf_cold, every_missing_page_sets_flags_to_1)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	touch_until_told();
	WRITE_ONCE(area.flags, 0x55); /* a host that only sets a bit would leave 0x55 */
	for (int i = 0; i < TRIES && seen.missing_count < 2; i++)
		touch(cold_page());
	EXPECT_EQ(seen.missing_count, 2);
}

/* Source: kvm_can_deliver_async_pf(): send_user_only wants CPL 3. The vCPU is halted for the time instead. [A19] */
TEST(async_pf_cold, without_send_always_cpl_0_is_not_told)
{
	enable(0);
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!touch(cold_page()), "page not present was reported at CPL 0");
}

/* Page-ready could not be delivered, so page-not-present must not be. [A03] */
TEST(async_pf_cold, without_delivery_by_interrupt_nobody_is_told)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	wrmsr(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_SEND_ALWAYS);
	seen.wake_all_count = 0;
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!touch(cold_page()),
			    "page not present was reported without delivery by interrupt");
	EXPECT_EQ(seen.ready_count + seen.wake_all_count, 0);
	EXPECT_EQ(area.token, 0);
}

static u64 touch_at_cpl3(u64 page)
{
	u64 content;

	if (fault_read_u64((const u8 *)page, &content))
		return 0;
	return content;
}

/* [A20] */
TEST(async_pf_cold, without_send_always_cpl_3_is_told)
{
	enable(0);
	for (int i = 0; i < TRIES && !seen.missing_count; i++)
		user_call(touch_at_cpl3, (u64)cold_page());
	ASSERT_EQ(seen.missing_count, 1);
	EXPECT_TRUE(timer_wait_until(is_ready(seen.missing[0]), READY_MS), "token %#x never came back",
		    seen.missing[0]);
}

/* Source: kvm_can_do_async_pf() through kvm_can_deliver_async_pf(): no event that the guest could not take. [A21] */
TEST(async_pf_cold, with_interrupts_off_nobody_is_told)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	irq_disable();
	for (int i = 0; i < 3; i++)
		EXPECT_TRUE(!touch(cold_page()), "page not present was reported with interrupts off");
	irq_enable();
}

/* [A22] */
TEST(async_pf_cold, many_pages_are_outstanding_and_each_comes_back_once)
{
	u8 *pages[8];
	unsigned int count;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		touch(pages[i] = cold_page());
	count = seen.missing_count;
	ASSERT_GE(count, 2u);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(seen.ready_count) >= count, READY_MS),
		    "%u of %u tokens came back", seen.ready_count, count);
	timer_spin(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(seen.ready_count, count);
	EXPECT_LE(seen.repeat_count, REPEATS_MAX);
	for (unsigned int i = 0; i < count; i++) {
		EXPECT_TRUE(is_ready(seen.missing[i]), "token %#x did not come back", seen.missing[i]);
		for (unsigned int j = 0; j < i; j++)
			EXPECT_NE(seen.missing[i], seen.missing[j]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++)
		touch(pages[i]);
	EXPECT_EQ(seen.missing_count, count); /* all have been read, and found to be intact */
}

/* Source: apf_pageready_slot_free(): a token that is not zeroed keeps the next one back; ACK asks for it. [A25] */
TEST(async_pf_cold, the_next_token_waits_for_zero_and_acknowledgement)
{
	unsigned int count;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	seen.hold = true;
	count = touch_many(4);
	ASSERT_GE(count, 2u);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(seen.ready_count), READY_MS), "no page became ready");
	timer_spin(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(seen.ready_count, 1);
	EXPECT_EQ(area.token, seen.ready[0]);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1); /* of a token that is still there: no slot is free */
	timer_spin(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(seen.ready_count, 1);

	seen.hold = false;
	irq_disable();
	acknowledge();
	irq_enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(seen.ready_count) == count, READY_MS),
		    "%u of %u tokens came back", seen.ready_count, count);
}

/* Source: kvm_pv_enable_async_pf() drops everything that is outstanding or done. [A26] */
TEST(async_pf_cold, nothing_comes_after_disabling)
{
	unsigned int ready;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	ASSERT_GE(touch_many(4), 1u);
	wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	ready = READ_ONCE(seen.ready_count);
	timer_spin(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(seen.ready_count, ready);

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	timer_spin(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(seen.ready_count, 0);
	EXPECT_EQ(seen.wake_all_count, 1);
}

/*
 * With paging off nothing is disabled, and what is not disabled is delivered: Linux may find itself there at any time, by
 * a call of the firmware or an SMI, and its tasks wait for their tokens. Hosts from Linux 5.8 on dropped them with every
 * change of CR0.PG, and 5.10's stable kernels still do. [A29]
 */
TEST(async_pf_cold, no_token_is_lost_when_paging_goes_off_and_on)
{
	unsigned int count;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	count = touch_many(4);
	ASSERT_GE(count, 1u);
	paging_off_and_on();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(seen.ready_count) == count, READY_MS),
		    "%u of %u tokens came back; fixed by \"KVM: x86: Don't clear async #PF queue when CR0.PG "
		    "is disabled\", which Linux 6.1.162 and 6.12.69 have",
		    seen.ready_count, count);
}

/* Tokens follow the vector that is in MSR_KVM_ASYNC_PF_INT when the page is ready. */
TEST(async_pf_cold, the_vector_can_be_changed)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	wrmsr(MSR_KVM_ASYNC_PF_INT, OTHER_VECTOR);
	touch_until_told();
	ASSERT_TRUE(timer_wait_until(is_ready(seen.missing[0]), READY_MS), "token %#x never came back",
		    seen.missing[0]);
	EXPECT_EQ(seen.ready_vector, OTHER_VECTOR);
}

/* Memory that is there, and memory that never will be, is no matter of waiting. [A30] */
TEST(async_pf_cold, present_and_device_memory_is_never_reported)
{
	u64 value;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	EXPECT_NO_FAULT(fault_read_u64(&area, &value));
	EXPECT_NO_FAULT(fault_read_u64((void *)0xffff0, &value)); /* ROM */
	EXPECT_NO_FAULT(fault_read_u64((void *)0xfed00000, &value)); /* HPET, or nothing */
	EXPECT_EQ(seen.missing_count, 0);
}

static bool skip_missing_code(struct trap_frame *frame)
{
	on_page_fault(frame);
	if (!seen.missing_count)
		return false;
	/* As if the function had returned at once: take its return address. */
	frame->rip = *(u64 *)frame->rsp;
	frame->rsp += sizeof(u64);
	return true;
}

/* Code is fetched like data is read. [A31] */
TEST(async_pf_cold, missing_code_is_reported_and_runs_when_it_is_there)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	trap_set_handler(PF_VECTOR, skip_missing_code);
	for (int i = 0; i < TRIES && !seen.missing_count; i++) {
		u8 *page = cold_page();
		void (*code)(void) = (void (*)(void))(page + COLD_CODE);

		*paging_entry(page) &= ~PTE_NX;
		invlpg(page);
		code();
		if (seen.missing_count) {
			EXPECT_TRUE(timer_wait_until(is_ready(seen.missing[0]), READY_MS),
				    "token %#x never came back", seen.missing[0]);
			code();
		}
	}
	EXPECT_EQ(seen.missing_count, 1);
}

static bool on_real_fault(struct trap_frame *frame)
{
	EXPECT_EQ(READ_ONCE(area.flags), 0);
	EXPECT_EQ(read_cr2(), 8);
	EXPECT_EQ(frame->error, 0);
	return false;
}

/* A #PF of the guest's own, on page 0, which is not mapped here, must not look like the host's. [A37] */
TEST(async_pf_cold, a_fault_of_the_guests_own_has_flags_0)
{
	u64 value;

	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	trap_set_handler(PF_VECTOR, on_real_fault);
	EXPECT_FAULT(PF_VECTOR, fault_read_u64((void *)8, &value));
}

static void touch_on_other_cpu(void *argument)
{
	(void)argument;
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	touch_until_told();
	EXPECT_EQ(seen.missing[0] & TOKEN_VCPU_MASK, this_cpu()->apic_id & TOKEN_VCPU_MASK);
	EXPECT_TRUE(timer_wait_until(is_ready(seen.missing[0]), READY_MS), "token %#x never came back",
		    seen.missing[0]);
}

/* The vCPU that faulted is the one that is told, and its number is in the token. [A28] */
TEST(async_pf_cold, another_vcpu_is_told_about_its_own_faults, .needs.cpus = 2)
{
	smp_call(1, touch_on_other_cpu, NULL);
}

static bool touched;

static void touch_and_stay(void *argument)
{
	(void)argument;
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	touch_many(4);
	irq_disable(); /* until INIT, or it would take the tokens that come before */
	WRITE_ONCE(touched, true);
	for (;;)
		pause();
}

/* Source: kvm_vcpu_reset() clears the queue. [A27] */
TEST(async_pf_cold, nothing_comes_after_init, .needs.cpus = 2)
{
	unsigned int ready;

	touched = false;
	smp_post(1, touch_and_stay, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(touched), READY_MS), "vCPU 1 does not get through its pages");
	ASSERT_TRUE(smp_reinit(1), "vCPU 1 does not come back from INIT");
	WRITE_ONCE(area.token, 0);
	ready = READ_ONCE(seen.ready_count);
	timer_spin(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(area.token, 0);
	EXPECT_EQ(READ_ONCE(seen.ready_count), ready);
}

/*
 * Source: kvm_setup_async_pf() refuses when vcpu->async_pf.queued has reached ASYNC_PF_PER_VCPU. Last, because it
 * uses up what a host takes before it gives up reading ahead. [A33]
 */
TEST(async_pf_cold, no_more_than_64_pages_are_outstanding)
{
	enable(KVM_ASYNC_PF_SEND_ALWAYS);
	seen.hold = true; /* what is ready but not taken counts, too; the first token keeps all others back */
	touch_many(OUTSTANDING_MAX + 4);
	EXPECT_LE(seen.missing_count, OUTSTANDING_MAX + 1u);
	EXPECT_GT(seen.missing_count, 1u);
	seen.hold = false;
	irq_disable();
	acknowledge();
	irq_enable();
	EXPECT_TRUE(timer_wait_until(READ_ONCE(seen.ready_count) >= seen.missing_count, READY_MS),
		    "%u of %u tokens came back", seen.ready_count, seen.missing_count);
}

SUITE(async_pf_cold, .contract = "msr.rst, MSR_KVM_ASYNC_PF_EN, MSR_KVM_ASYNC_PF_INT, MSR_KVM_ASYNC_PF_ACK",
      .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
      .needs.conditions = NEED_COLD_MEMORY);
