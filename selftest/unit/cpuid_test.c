/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/cpu/cpuid.c: where KVM's leaves are found, on machines made up of a few leaves. */
#include "selftest/unit/unit.h"

#include <string.h>

#include "x86/cpu/cpuid.h"

/* clang-format off */
#define SIGNATURE(max)                                                                         \
	{                                                                                      \
		max, KVM_CPUID_SIGNATURE_EBX, KVM_CPUID_SIGNATURE_ECX, KVM_CPUID_SIGNATURE_EDX \
	}
/* clang-format on */

struct leaf {
	u32 number;
	struct cpuid value;
};

static const struct leaf *machine;
static size_t leaves;
static struct cpuid elsewhere; /* what leaves that do not exist read as */

static struct cpuid read_leaf(u32 number)
{
	for (size_t i = 0; i < leaves; i++)
		if (machine[i].number == number)
			return machine[i].value;
	return elsewhere;
}

static struct kvm_leaf find(const struct leaf *m, size_t count)
{
	machine = m;
	leaves = count;
	return cpuid_find_kvm(read_leaf);
}

#define FIND(m) find(m, ARRAY_SIZE(m))

static int no_other_leaves(void **state)
{
	(void)state;
	elsewhere = (struct cpuid){0};
	return 0;
}

static void no_hypervisor(void **state)
{
	const struct kvm_leaf nothing = {0};
	struct kvm_leaf found = find(NULL, 0);

	(void)state;
	assert_memory_equal(&found, &nothing, sizeof(found));
}

static void at_the_first_base(void **state)
{
	static const struct leaf m[] = {
		{0x40000000, SIGNATURE(0x40000001)},
		{0x40000001, {0x01007afb, 0, 0, 1}},
	};
	struct kvm_leaf found = FIND(m);

	(void)state;
	assert_int_equal(found.base, 0x40000000);
	assert_int_equal(found.max, 0x40000001);
	assert_int_equal(found.features, 0x01007afb);
	assert_int_equal(found.hints, 1);
	assert_int_equal(found.bases, 1);
}

static void behind_another_hypervisor(void **state)
{
	static const struct leaf m[] = {
		{0x40000000, {0x40000005, 0x7263694d, 0x666f736f, 0x76482074}}, /* "Microsoft Hv" */
		{0x40000001, {0x31237648, 0, 0, 0}},
		{0x40000100, SIGNATURE(0x40000101)},
		{0x40000101, {0xfb, 0, 0, 0}},
	};
	struct kvm_leaf found = FIND(m);

	(void)state;
	assert_int_equal(found.base, 0x40000100);
	assert_int_equal(found.max, 0x40000101);
	assert_int_equal(found.features, 0xfb);
	assert_int_equal(found.bases, 1);
}

static void the_first_of_two_bases(void **state)
{
	static const struct leaf m[] = {
		{0x40000200, SIGNATURE(0x40000201)},
		{0x40000201, {1, 0, 0, 0}},
		{0x4000ff00, SIGNATURE(0x4000ff01)},
		{0x4000ff01, {2, 0, 0, 0}},
	};
	struct kvm_leaf found = FIND(m);

	(void)state;
	assert_int_equal(found.base, 0x40000200);
	assert_int_equal(found.features, 1);
	assert_int_equal(found.bases, 2);
}

/* The last base of the search counts, the one behind it does not. */
static void at_the_ends_of_the_search(void **state)
{
	static const struct leaf last[] = {{0x4000ff00, SIGNATURE(0x4000ff01)}};
	static const struct leaf behind[] = {{0x40010000, SIGNATURE(0x40010001)}};
	static const struct leaf between[] = {{0x40000080, SIGNATURE(0x40000081)}};

	(void)state;
	assert_int_equal(FIND(last).base, 0x4000ff00);
	assert_int_equal(FIND(behind).base, 0);
	assert_int_equal(FIND(between).base, 0);
}

/* Historical hosts report no maximum: it stands for base + 1. */
static void maximum_of_zero(void **state)
{
	static const struct leaf m[] = {{0x40000100, SIGNATURE(0)}, {0x40000101, {7, 0, 0, 0}}};

	(void)state;
	assert_int_equal(FIND(m).max, 0x40000101);
	assert_int_equal(FIND(m).features, 7);
}

static void signature_must_be_whole(void **state)
{
	static const struct leaf whole[] = {{0x40000000, SIGNATURE(0x40000001)}};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct leaf m[] = {whole[0]};
		u32 *words[] = {&m[0].value.ebx, &m[0].value.ecx, &m[0].value.edx};

		*words[i] ^= BIT(24);
		assert_int_equal(FIND(m).base, 0);
	}
}

/* As on Intel processors, where leaves out of range read as some other leaf. */
static void leaves_that_do_not_exist(void **state)
{
	static const struct leaf m[] = {{0x40000000, SIGNATURE(0x40000001)}, {0x40000001, {3, 0, 0, 0}}};

	(void)state;
	elsewhere = (struct cpuid){0x1234, 0x5678, 0x9abc, 0xdef0};
	assert_int_equal(FIND(m).bases, 1);
	assert_int_equal(find(NULL, 0).bases, 0);
}

static u64 find_tsc_khz(const struct leaf *m, size_t count)
{
	struct kvm_leaf kvm = find(m, count);

	return cpuid_find_tsc_khz(read_leaf, &kvm);
}

#define FIND_TSC_KHZ(m) find_tsc_khz(m, ARRAY_SIZE(m))

/* The ratio 3 / 2 and a crystal of 24 MHz. */
#define RATIO_LEAF                        \
	{                                 \
		0x15,                     \
		{                         \
			2, 3, 24000000, 0 \
		}                         \
	}

static void tsc_frequency_from_the_timing_leaf(void **state)
{
	static const struct leaf m[] = {
		{0, {0x16, 0, 0, 0}},
		RATIO_LEAF,
		{0x40000000, SIGNATURE(0x40000010)},
		{0x40000010, {2400000, 1000000, 0, 0}},
	};

	(void)state;
	assert_int_equal(FIND_TSC_KHZ(m), 2400000);
}

/* At another place it is another interface's leaf, and 0 stands for "not known". */
static void tsc_frequency_from_the_processor(void **state)
{
	static const struct leaf moved[] = {
		{0, {0x15, 0, 0, 0}},
		RATIO_LEAF,
		{0x40000100, SIGNATURE(0x40000110)},
		{0x40000110, {2400000, 1000000, 0, 0}},
	};
	static const struct leaf zero[] = {
		{0, {0x15, 0, 0, 0}},
		RATIO_LEAF,
		{0x40000000, SIGNATURE(0x40000010)},
	};
	static const struct leaf alone[] = {{0, {0x15, 0, 0, 0}}, RATIO_LEAF};

	(void)state;
	assert_int_equal(FIND_TSC_KHZ(moved), 36000);
	assert_int_equal(FIND_TSC_KHZ(zero), 36000);
	assert_int_equal(FIND_TSC_KHZ(alone), 36000);
}

static void tsc_frequency_from_nowhere(void **state)
{
	static const struct leaf too_old[] = {{0, {0x14, 0, 0, 0}}, RATIO_LEAF};
	static const struct leaf no_crystal[] = {{0, {0x15, 0, 0, 0}}, {0x15, {2, 3, 0, 0}}};
	static const struct leaf no_ratio[] = {{0, {0x15, 0, 0, 0}}, {0x15, {0, 0, 24000000, 0}}};
	static const struct leaf short_range[] = {
		{0x40000000, SIGNATURE(0x40000001)},
		{0x40000010, {2400000, 1000000, 0, 0}},
	};

	(void)state;
	assert_int_equal(FIND_TSC_KHZ(too_old), 0);
	assert_int_equal(FIND_TSC_KHZ(no_crystal), 0);
	assert_int_equal(FIND_TSC_KHZ(no_ratio), 0);
	assert_int_equal(FIND_TSC_KHZ(short_range), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_hypervisor, no_other_leaves),
		cmocka_unit_test_setup(at_the_first_base, no_other_leaves),
		cmocka_unit_test_setup(behind_another_hypervisor, no_other_leaves),
		cmocka_unit_test_setup(the_first_of_two_bases, no_other_leaves),
		cmocka_unit_test_setup(at_the_ends_of_the_search, no_other_leaves),
		cmocka_unit_test_setup(maximum_of_zero, no_other_leaves),
		cmocka_unit_test_setup(signature_must_be_whole, no_other_leaves),
		cmocka_unit_test_setup(leaves_that_do_not_exist, no_other_leaves),
		cmocka_unit_test_setup(tsc_frequency_from_the_timing_leaf, no_other_leaves),
		cmocka_unit_test_setup(tsc_frequency_from_the_processor, no_other_leaves),
		cmocka_unit_test_setup(tsc_frequency_from_nowhere, no_other_leaves),
	};

	return cmocka_run_group_tests_name("cpuid", tests, NULL, NULL);
}
