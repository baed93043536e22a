/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the host which pages are encrypted: KVM_HC_MAP_GPA_RANGE and MSR_KVM_MIGRATION_CONTROL.
 *
 * Contract: the hypercall takes a page's address, a number of pages and attributes. If the VMM
 *           enabled KVM_CAP_EXIT_HYPERCALL, KVM passes a valid range on to it, and refuses any
 *           other with -KVM_EINVAL; if not, the number is unknown. Bit 0 of the MSR says whether
 *           the guest may be migrated: 1 unless its memory is encrypted. KVM does not implement
 *           the MSR; a VMM can.
 * Source:   hypercalls.rst, KVM_HC_MAP_GPA_RANGE; msr.rst, MSR_KVM_MIGRATION_CONTROL;
 *           arch/x86/kvm/x86.c, kvm_emulate_hypercall().
 * How:      with ranges that are malformed in one respect, and with a page of this kernel, whose
 *           attributes do not change: it is not encrypted.
 * Needs:    hypercalls that return. Most VMMs offer neither feature: then the tests check that it is
 *           absent. What the VMM gets only it knows: one that was made for this (selftest/vmm) returns,
 *           where the attributes are not 0, number + 3 * address + 5 * pages + 7 * attributes + 13 * calls
 *           so far, and in 64-bit mode 11 more.
 * Cannot show: that encryption changes, which needs a confidential guest.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"

static u8 page[PAGE_SIZE] ALIGNED(PAGE_SIZE);

static s64 map(u64 address, u64 pages)
{
	return hypercall(KVM_HC_MAP_GPA_RANGE, address, pages, 0, 0);
}

/* A VMM may handle the hypercall and not advertise it, as QEMU does for guests that could be confidential. */
static bool is_offered(void)
{
	return kvm_has(KVM_FEATURE_HC_MAP_GPA_RANGE) || map(0, 0) != -KVM_ENOSYS;
}

/*
 * KVM checks a range before it exits to the VMM: alignment, a page count of 0, and an end past 64 bits, as that of the
 * last range here. [G02]
 */
TEST(map_gpa_range, malformed_ranges_are_refused, .needs.conditions = NEED_HYPERCALLS)
{
	if (!is_offered())
		test_skip(UNMET_ABSENT, "map-gpa-range");
	EXPECT_EQ(map((u64)page + 1, 1), -KVM_EINVAL);
	EXPECT_EQ(map((u64)page + PAGE_SIZE / 2, 1), -KVM_EINVAL);
	EXPECT_EQ(map((u64)page, 0), -KVM_EINVAL);
	EXPECT_EQ(map((u64)page, ~0ull), -KVM_EINVAL);
}

/*
 * Linux 5.10 does not know the number at all; the result is the same. A VMM that takes the hypercall and does not
 * advertise it takes it with any arguments. [G01]
 */
TEST(map_gpa_range, is_unknown_where_not_offered,
     .needs = {.absent = BIT(KVM_FEATURE_HC_MAP_GPA_RANGE), .conditions = NEED_HYPERCALLS})
{
	bool taken = is_offered();

	EXPECT_EQ(map((u64)page, 1) != -KVM_ENOSYS, taken);
	EXPECT_EQ(map((u64)page + 1, 1) != -KVM_ENOSYS, taken);
	if (taken)
		test_observed("the hypercall is taken although it is not advertised");
}

/* The VMM decides what a valid range returns: QEMU returns -KVM_EINVAL without guest_memfd. [G03] */
TEST(map_gpa_range, memory_stays_usable_when_called_not_encrypted, .needs.conditions = NEED_HYPERCALLS)
{
	s64 result;

	if (!is_offered())
		test_skip(UNMET_ABSENT, "map-gpa-range");
	page[0] = 1;
	result = map((u64)page, 1);
	EXPECT_TRUE(result == 0 || result == -KVM_EINVAL, "got %ld, want 0 or %d", (long)result, -KVM_EINVAL);
	test_observed("a sound range is %s", result ? "refused" : "accepted");
	EXPECT_EQ(READ_ONCE(page[0]), 1);
	WRITE_ONCE(page[0], 2);
	EXPECT_EQ(READ_ONCE(page[0]), 2);
}

#define UPPER_HALF (~0ull << 32)

/* All but the calls so far. */
static u64 sum_without_calls(u64 address, u64 pages, u64 attributes, bool is_64_bit)
{
	return KVM_HC_MAP_GPA_RANGE + 3 * address + 5 * pages + 7 * attributes + (is_64_bit ? 11 : 0);
}

/* The calls so far, by the sum that the VMM returned. */
static u64 calls_by(u64 rest)
{
	EXPECT_TRUE(rest % 13 == 0 && rest < 13 << 20, "got a sum that is %#lx too much, want a few times 13",
		    (unsigned long)rest);
	return rest / 13;
}

static u64 calls_by_64_bit_code(void)
{
	const u64 address = 0x123456789a000, pages = 0x10203, attributes = 0x1122334455667788;

	return calls_by((u64)hypercall(KVM_HC_MAP_GPA_RANGE, address, pages, attributes, 0) -
			sum_without_calls(address, pages, attributes, true));
}

/* The sum is more than 32 bits wide, of which the guest gets the lower ones. */
static u64 calls_by_32_bit_code(void)
{
	const u64 address = 0xfedcb000, pages = 0x203, attributes = 0x89abcdef;
	u64 result = hypercall_from_32bit(KVM_HC_MAP_GPA_RANGE, UPPER_HALF | address, UPPER_HALF | pages,
					  UPPER_HALF | attributes, UPPER_HALF);

	EXPECT_EQ(result & UPPER_HALF, 0);
	return calls_by((u32)(result - sum_without_calls(address, pages, attributes, false)));
}

/* KVM passes the call on, and completes it when the VMM has answered: complete_hypercall_exit(). [G06 H05] */
TEST(map_gpa_range, the_vmm_gets_all_arguments_once, .needs.conditions = NEED_HYPERCALLS)
{
	u64 calls;

	if (told.map_gpa_range_sum != TOLD_ON)
		test_skip(UNMET_SETTING, "map-gpa-range=sum");
	calls = calls_by_64_bit_code();
	EXPECT_EQ(calls_by_64_bit_code(), calls + 1);
	EXPECT_EQ(calls_by_32_bit_code(), calls + 2);
	EXPECT_EQ(calls_by_64_bit_code(), calls + 3);
}

/* The feature is for encrypted guests. This kernel is not encrypted, so the bit is 1 from the start. [G04] */
TEST(map_gpa_range, migration_is_allowed_from_the_start, .needs.features = BIT(KVM_FEATURE_MIGRATION_CONTROL))
{
	u64 value;

	ASSERT_NO_FAULT(rdmsr_safe(MSR_KVM_MIGRATION_CONTROL, &value));
	EXPECT_EQ(value & 1, 1);
}

/*
 * KVM has no handler for this MSR. Unless the VMM emulates it, an access must raise #GP, and not pass for a change.
 * [G05]
 */
TEST(map_gpa_range, migration_control_faults_where_not_offered,
     .needs = {.absent = BIT(KVM_FEATURE_MIGRATION_CONTROL), .conditions = NEED_MSR_FAULTS})
{
	u64 value;

	EXPECT_FAULT(GP_VECTOR, rdmsr_safe(MSR_KVM_MIGRATION_CONTROL, &value));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_MIGRATION_CONTROL, 1));
}

SUITE(map_gpa_range, .contract = "hypercalls.rst, KVM_HC_MAP_GPA_RANGE; msr.rst, MSR_KVM_MIGRATION_CONTROL",
      .needs.conditions = NEED_KVM);
