/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the host writes the system time: moving and disabling the area, and bad addresses.
 *
 * Contract: from a WRMSR on, the host writes at the new address and no longer at the old one; with
 *           bit 0 clear it writes nowhere. No value raises #GP, and RDMSR returns what was written.
 *           Memory that is not RAM is never written.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW; arch/x86/kvm/x86.c, kvm_write_system_time(); from
 *           5.18 on virt/kvm/pfncache.c, kvm_gpc_activate() and kvm_gpc_refresh(), before
 *           kvm_gfn_to_hva_cache_init().
 * How:      every write of the MSR, 0 included, requests an update of the clock in the same exit,
 *           so that a host which still knows an old address writes there before the guest goes on.
 * Needs:    kvmclock.
 * Cannot show: stray writes elsewhere in the host. Where hosts differ, across two pages and at bad
 *           addresses, the tests accept each known behaviour.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/boot_info.h"
#include "x86/platform/port80.h"

#define AREA_SIZE sizeof(struct pvclock_vcpu_time_info)
#define IOAPIC	  0xfec00000

#define BESIDE 16 /* bytes on either side that must not change */

static u8 pages[2][PAGE_SIZE] ALIGNED(PAGE_SIZE);
static u8 *const first = pages[0] + BESIDE;
static u8 *const second = pages[0] + 256;
static u8 *const across = pages[1] - AREA_SIZE / 2;

/* Not the whole page: a host that interprets the guest takes milliseconds for that. */
static void fill(u8 *area)
{
	memset(area - BESIDE, FILLER, AREA_SIZE + 2 * BESIDE);
}

static void enable(const void *area)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, (u64)area | KVM_MSR_ENABLED));
}

static struct pvclock_vcpu_time_info info_at(const u8 *area)
{
	struct pvclock_vcpu_time_info info;

	memcpy(&info, area, sizeof(info));
	return info;
}

/* An area full of FILLER does not pass for a structure: its version is odd. */
static bool is_filled_in(const u8 *area)
{
	struct pvclock_vcpu_time_info info = info_at(area);

	return !(info.version & 1) && info.tsc_to_system_mul && !info.pad0 && !info.pad[0] && !info.pad[1];
}

static bool is_untouched(const u8 *area)
{
	for (size_t i = 0; i < AREA_SIZE; i++)
		if (area[i] != FILLER)
			return false;
	return true;
}

static void expect_nothing_beside(const u8 *area)
{
	EXPECT_BYTES(area - BESIDE, FILLER, BESIDE);
	EXPECT_BYTES(area + AREA_SIZE, FILLER, BESIDE);
}

#define EXPECT_FILLED_IN(area)                                                             \
	EXPECT_TRUE(is_filled_in(area), "got no valid pvclock data at %p, want an update", \
		    (const void *)(area))
#define EXPECT_VALID_OR_UNTOUCHED(area, name)                                                         \
	EXPECT_TRUE(is_filled_in(area) || is_untouched(area),                                         \
		    name " changed but holds no valid pvclock data: got version %u, multiplier %#x, " \
			 "want an even version, bit 31 of the multiplier set, padding 0",             \
		    info_at(area).version, info_at(area).tsc_to_system_mul)
#define EXPECT_UNTOUCHED(area) EXPECT_BYTES(area, FILLER, AREA_SIZE)

/*
 * KVM reloads a vCPU's state after an exit to userspace and after a HLT that blocked: an area that it forgot to drop
 * would be written then. The vCPU blocks within 2 ms. [K18]
 */
TEST(kvmclock_area, disabled_area_is_left_alone)
{
	enable(first);
	EXPECT_FILLED_IN(first);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)first);
	fill(first);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)first);
	EXPECT_UNTOUCHED(first);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
	exit_to_userspace();
	timer_sleep(2 * NS_PER_MS);
	EXPECT_UNTOUCHED(first);
}

/*
 * The areas are filled after the move, since KVM may still owe an update for an earlier registration; the second write
 * of the same address requests one more.
 */
static void move(u8 *from, u8 *to)
{
	enable(from);
	EXPECT_FILLED_IN(from);
	enable(to);
	fill(from);
	fill(to);
	enable(to);
	EXPECT_FILLED_IN(to);
	EXPECT_UNTOUCHED(from);
}

/* Before Linux 6.0.12 KVM went on at the old place in the page. [K19] */
TEST(kvmclock_area, updates_follow_to_another_place_in_the_page)
{
	move(first, second);
	move(second, first);
}

/* KVM caches the area's page, and has to drop that cache when the area moves to another page. [K20] */
TEST(kvmclock_area, updates_follow_to_another_page)
{
	move(second, pages[1] + 256);
	move(pages[1] + 512, second);
}

/*
 * The area "must not cross a page": Linux 5.10 serves such an area, 5.18 and later ignore it. Neither writes half of
 * it, or anything beside it. [K21]
 */
TEST(kvmclock_area, area_across_pages_is_served_or_ignored)
{
	fill(across);
	enable(across);
	EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), (u64)across | KVM_MSR_ENABLED);
	EXPECT_VALID_OR_UNTOUCHED(across, "the area across pages");
	expect_nothing_beside(across);
	test_observed("the area is %s", is_untouched(across) ? "ignored" : "served");
}

/*
 * Linux 5.18 and later ignore the new area and go on with the old one. A host may serve either of the two, and nothing
 * else; and a good address works again. [K22]
 */
TEST(kvmclock_area, area_across_pages_after_a_good_one_harms_nothing)
{
	enable(first);
	fill(first);
	fill(across);
	enable(across);
	EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), (u64)across | KVM_MSR_ENABLED);
	EXPECT_VALID_OR_UNTOUCHED(first, "the old area");
	EXPECT_VALID_OR_UNTOUCHED(across, "the area across pages");
	expect_nothing_beside(first);
	expect_nothing_beside(across);
	test_observed("%s", !is_untouched(across) ? "the new area is served" :
			    !is_untouched(first)  ? "the old area goes on being served" :
						    "neither area is served");
	enable(second);
	EXPECT_FILLED_IN(second);
}

/*
 * KVM drops an update that it cannot write. The addresses are multiples of 4096: areas that cross a page's end are in
 * the test above. [K23]
 */
TEST(kvmclock_area, addresses_outside_of_ram_do_not_fault)
{
	const u64 addresses[] = {~0xfffull, BIT_ULL(63), BIT_ULL(51), IOAPIC};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		enable(first);
		EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, addresses[i] | KVM_MSR_ENABLED));
		fill(first);
		EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, addresses[i] | KVM_MSR_ENABLED));
		EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), addresses[i] | KVM_MSR_ENABLED);
		EXPECT_UNTOUCHED(first);
	}
	enable(first);
	EXPECT_FILLED_IN(first);
}

/*
 * The documented alignment is 4, but no kernel checks it. Bit 0 is the enable bit, so the least aligned addresses are
 * even. [K24]
 */
TEST(kvmclock_area, misaligned_area_is_served_where_it_is)
{
	fill(first + 2);
	enable(first + 2);
	EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), (u64)(first + 2) | KVM_MSR_ENABLED);
	EXPECT_FILLED_IN(first + 2);
	expect_nothing_beside(first + 2);
}

/* Address 0 is RAM like any other. Page 0 is not mapped in this kernel, so the test reads it through a window. [K25] */
TEST(kvmclock_area, address_zero_is_legal, .needs.conditions = NEED_RAM_AT_0)
{
	static u8 window[PAGE_SIZE] ALIGNED(PAGE_SIZE);

	*paging_entry(window) = PTE_PRESENT | PTE_WRITABLE; /* of physical page 0 */
	invlpg(window);
	memset(window, FILLER, AREA_SIZE);
	enable(NULL);
	EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), (u64)KVM_MSR_ENABLED);
	EXPECT_FILLED_IN(window);
}

SUITE(kvmclock_area, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
