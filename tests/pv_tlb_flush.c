/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TLB flush at the entry of a vCPU that was off its CPU: KVM_VCPU_FLUSH_TLB in its steal time
 * area.
 *
 * Contract: before the host runs a vCPU again that it had taken off its CPU, it zeroes the preempted
 *           byte in that vCPU's struct kvm_steal_time; and if KVM_VCPU_FLUSH_TLB was set in it, it
 *           drops all of the vCPU's translations, global ones and those of every PCID included.
 * Source:   cpuid.rst, KVM_FEATURE_PV_TLB_FLUSH; arch/x86/kvm/x86.c, record_steal_time(), which
 *           accepts any old value of the byte; guest side: arch/x86/kernel/kvm.c,
 *           kvm_flush_tlb_multi().
 * How:      a vCPU requests its own flush, and makes an exit to userspace. For the host, the entry
 *           after that is the same as one after preemption. Then the same without the request: where the old page
 *           is never seen, the flush had nothing to do, and the test says so.
 * Needs:    the feature, and steal time, whose area has the byte.
 * Cannot show: anything about the flush where no translation outlives an exit, as under QEMU's emulation and Bochs'. Nothing
 *           about PCIDs if the processor has none.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/paging.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/port80.h"

#define PCID  1
#define TRIES 20

static struct kvm_steal_time area;
/* Either page is mapped at window; the first byte says which. */
static u8 window[PAGE_SIZE] ALIGNED(PAGE_SIZE);
static u8 old_page[PAGE_SIZE] ALIGNED(PAGE_SIZE) = {1};
static u8 new_page[PAGE_SIZE] ALIGNED(PAGE_SIZE) = {2};

static void map(const u8 *page, u64 rights)
{
	u64 *entry = paging_entry(window);
	u64 no_execution = *entry & PTE_NX;

	WRITE_ONCE(*entry, (u64)page | PTE_PRESENT | PTE_WRITABLE | no_execution | rights);
}

/* Which PCID uses the translation: that at the exit to userspace, or another. */
enum user { SAME_PCID, OTHER_PCID };

/* Bring the old page's translation into the TLB; nothing can keep it there. */
static void use_old_page(u64 rights)
{
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&area | KVM_MSR_ENABLED);
	map(old_page, rights);
	invlpg(window);
	EXPECT_EQ(READ_ONCE(window[0]), 1);
}

/*
 * Map the new page, then make an exit, with a request or without. In this order: the host may take the vCPU off its CPU at
 * any time, and then zeroes the byte.
 */
static void switch_to_new_page(u64 rights, u8 request)
{
	map(new_page, rights);
	if (request)
		WRITE_ONCE(area.preempted, request);
	exit_to_userspace();
}

/* The stale translation belongs to another PCID than the one at the exit. Nothing between the writes of CR4 may end the test. */
static u8 byte_in_other_pcid(u8 request)
{
	const u64 cr3 = read_cr3();
	u8 before, after;

	use_old_page(0);
	write_cr4(read_cr4() | CR4_PCIDE);
	write_cr3(cr3 | PCID);
	before = READ_ONCE(window[0]);
	write_cr3(cr3 | CR3_KEEP_TLB);
	switch_to_new_page(0, request);
	write_cr3(cr3 | PCID | CR3_KEEP_TLB);
	after = READ_ONCE(window[0]);
	write_cr3(cr3);
	write_cr4(read_cr4() & ~CR4_PCIDE);
	EXPECT_EQ(before, 1);
	return after;
}

/* Use the old page, switch to the new one, make an exit: which page is seen then? */
static u8 byte_after_exit(enum user user, u64 rights, u8 request)
{
	if (user == OTHER_PCID)
		return byte_in_other_pcid(request);
	use_old_page(rights);
	switch_to_new_page(rights, request);
	return READ_ONCE(window[0]);
}

/* Does a translation outlive an exit at which no flush is asked for? Only then a flush can be seen. */
static bool keeps_translations(enum user user, u64 rights)
{
	for (int i = 0; i < TRIES; i++)
		if (byte_after_exit(user, rights, 0) == 1)
			return true;
	return false;
}

static void expect_flush(enum user user, u64 rights)
{
	for (int i = 0; i < TRIES; i++) {
		EXPECT_EQ(byte_after_exit(user, rights, KVM_VCPU_FLUSH_TLB), 2);
		EXPECT_EQ(READ_ONCE(area.preempted), 0);
	}
	if (!keeps_translations(user, rights))
		test_inert("no translation outlives an exit on this processor");
}

/*
 * KVM takes the byte and zeroes it before it enters the guest, and has to flush before that entry if the bit was set
 * (record_steal_time()). [T01]
 */
TEST(pv_tlb_flush, a_flush_that_was_asked_for_shows_the_new_page)
{
	expect_flush(SAME_PCID, 0);
}

/* A write to CR3 keeps global translations; this flush must not. [T08] */
TEST(pv_tlb_flush, the_flush_takes_global_translations_along)
{
	expect_flush(SAME_PCID, PTE_GLOBAL);
}

/* The flush must not keep those translations that belong to another PCID than the one at the time of the flush. [T08] */
TEST(pv_tlb_flush, the_flush_takes_other_pcids_along, .needs.conditions = NEED_PCID)
{
	expect_flush(OTHER_PCID, 0);
}

static void expect_every_bit_zeroed(void)
{
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&area | KVM_MSR_ENABLED);
	for (int bit = 0; bit < 8; bit++) {
		WRITE_ONCE(area.preempted, BIT(bit));
		exit_to_userspace();
		EXPECT_EQ(READ_ONCE(area.preempted), 0);
	}
}

/* KVM replaces the whole byte, so a bit that it does not know does not stay either. [T02] */
TEST(pv_tlb_flush, every_bit_of_the_byte_is_zeroed)
{
	expect_every_bit_zeroed();
}

SUITE(pv_tlb_flush, .contract = "cpuid.rst, KVM_FEATURE_PV_TLB_FLUSH; struct kvm_steal_time in kvm_para.h",
      .needs.features = BIT(KVM_FEATURE_STEAL_TIME) | BIT(KVM_FEATURE_PV_TLB_FLUSH),
      .needs.conditions = NEED_NO_XEN);

/*
 * Without the feature there is no promise of a flush, but the byte still means "preempted". Before 5.10.46 a host that
 * enforced the feature's absence left it alone, and the vCPU seemed preempted for ever. [T06 S19]
 */
TEST(pv_tlb_flush_absent, every_bit_of_the_byte_is_zeroed)
{
	expect_every_bit_zeroed();
}

SUITE(pv_tlb_flush_absent, .contract = "msr.rst, MSR_KVM_STEAL_TIME; struct kvm_steal_time in kvm_para.h",
      .needs = {.features = BIT(KVM_FEATURE_STEAL_TIME),
		.absent = BIT(KVM_FEATURE_PV_TLB_FLUSH),
		.conditions = NEED_NO_XEN});
