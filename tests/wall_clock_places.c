/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the host writes the wall clock: any address in RAM, and no other.
 *
 * Contract: there is no enable bit, and no alignment that a host checks; the structure may cross a page's end. No value raises
 *           #GP. 0 is no address, and for it and those outside of RAM nothing is written.
 * Source:   msr.rst, MSR_KVM_WALL_CLOCK_NEW; arch/x86/kvm/x86.c, kvm_write_wall_clock(); virt/kvm/kvm_main.c,
 *           kvm_write_guest(), which writes page by page.
 * How:      memory is filled before, and looked at afterwards.
 * Needs:    kvmclock; for page 0, RAM there.
 * Cannot show: stray writes elsewhere.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/paging.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

#define NS_PER_SEC 1000000000ull
#define BESIDE	   16

static u8 pages[2 * PAGE_SIZE] ALIGNED(PAGE_SIZE);
static struct pvclock_wall_clock wall;

static void ask(const void *address)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_WALL_CLOCK_NEW, (u64)address));
}

static void expect_written_at(u8 *address)
{
	struct pvclock_wall_clock copy;

	memset(address - BESIDE, FILLER, sizeof(copy) + 2 * BESIDE);
	ask(address);
	EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK_NEW), (u64)address);
	memcpy(&copy, address, sizeof(copy));
	EXPECT_EQ(copy.version, FILLER * 0x01010101u + 3);
	EXPECT_LT(copy.nsec, (u32)NS_PER_SEC);
	EXPECT_BYTES(address - BESIDE, FILLER, BESIDE);
	EXPECT_BYTES(address + sizeof(copy), FILLER, BESIDE);
}

/* There is no enable bit and no alignment, and the structure may cross a page's end. [K45] */
TEST(wall_clock, any_address_in_ram_is_served)
{
	expect_written_at(pages + BESIDE);
	expect_written_at(pages + 64 + 1);
	expect_written_at(pages + PAGE_SIZE - 4);
	expect_written_at(pages + PAGE_SIZE - 7);
}

/* KVM does not check the address: it keeps the value, and drops the write that fails. [K46] */
TEST(wall_clock, addresses_outside_of_ram_do_not_fault)
{
	const u64 addresses[] = {UINT64_MAX, UINT64_MAX - 11, BIT_ULL(63), BIT_ULL(51)};

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_WALL_CLOCK_NEW, addresses[i]));
		EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK_NEW), addresses[i]);
	}
	wall.version = 0;
	ask(&wall);
	EXPECT_EQ(wall.version, 2u);
}

/* KVM must not write to the old address any more either, now or later by itself. [K46] */
TEST(wall_clock, zero_writes_nothing)
{
	ask(&wall);
	memset(&wall, FILLER, sizeof(wall));
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_WALL_CLOCK_NEW, 0));
	EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK_NEW), 0ull);
	EXPECT_BYTES(&wall, FILLER, sizeof(wall));
}

/*
 * 0 is the MSR's value at power-on, and RAM like any other. Page 0 is not mapped in this kernel, so the test reads it through a
 * window. [K46]
 */
TEST(wall_clock, zero_does_not_name_page_0, .needs.conditions = NEED_RAM_AT_0)
{
	static u8 window[PAGE_SIZE] ALIGNED(PAGE_SIZE);

	*paging_entry(window) = PTE_PRESENT | PTE_WRITABLE; /* of physical page 0 */
	invlpg(window);
	memset(window, FILLER, BESIDE);
	ask(NULL);
	EXPECT_BYTES(window, FILLER, BESIDE);
}
