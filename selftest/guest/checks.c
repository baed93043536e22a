/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks that fail. As in all files of this folder, the comment above a test shows what the test must print, line by
 * line behind ">"; a test without such a comment must pass and print nothing. selftest/guest/expect.awk compares.
 */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/trap.h"

#define NON_CANONICAL ((const void *)0x8000000000000000)
#define UD2_LENGTH    2

static const unsigned int two = 2;
static const int minus_two = -2;

/*
 * > # <here>: EXPECT_EQ(two, 3u): got 2, want 3
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, eq)
{
	EXPECT_EQ(two, 3u);
	EXPECT_EQ(two, 2u);
}

/*
 * > # <here>: EXPECT_NE(two, 2u): got 2, want other than 2
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, ne)
{
	EXPECT_NE(two, 2u);
	EXPECT_NE(two, 3u);
}

/*
 * > # <here>: EXPECT_LT(two, 2u): got 2, want less than 2
 * > # <here>: EXPECT_LT(minus_two, -2): got -2, want less than -2
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, lt)
{
	EXPECT_LT(two, 2u);
	EXPECT_LT(two, 3u);
	EXPECT_LT(minus_two, -2);
	EXPECT_LT(minus_two, 1);
}

/*
 * > # <here>: EXPECT_LE(two, 1u): got 2, want at most 1
 * > # <here>: EXPECT_LE(minus_two, -3): got -2, want at most -3
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, le)
{
	EXPECT_LE(two, 1u);
	EXPECT_LE(two, 2u);
	EXPECT_LE(minus_two, -3);
	EXPECT_LE(minus_two, -2);
}

/*
 * > # <here>: EXPECT_GT(two, 2u): got 2, want more than 2
 * > # <here>: EXPECT_GT(minus_two, 1): got -2, want more than 1
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, gt)
{
	EXPECT_GT(two, 2u);
	EXPECT_GT(two, 1u);
	EXPECT_GT(minus_two, 1);
	EXPECT_GT(minus_two, -3);
}

/*
 * > # <here>: EXPECT_GE(two, 3u): got 2, want at least 3
 * > # <here>: EXPECT_GE(minus_two, -1): got -2, want at least -1
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, ge)
{
	EXPECT_GE(two, 3u);
	EXPECT_GE(two, 2u);
	EXPECT_GE(minus_two, -1);
	EXPECT_GE(minus_two, -2);
}

/*
 * > # <here>: EXPECT_TRUE(two & 1): got bits 0x2, want bit 0
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, condition)
{
	EXPECT_TRUE(two & 1, "got bits %#x, want bit 0", two);
	EXPECT_TRUE(two & 2, "got bits %#x, want bit 0", two);
}

/*
 * > # <here>: EXPECT_BYTES(bytes, 0xaa, 4): got 0 in byte 2, want 170 (0xaa)
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, bytes)
{
	static const u8 bytes[4] = {0xaa, 0xaa, 0, 0};

	EXPECT_BYTES(bytes, 0xaa, 4);
	EXPECT_BYTES(bytes, 0xaa, 2);
	EXPECT_BYTES(bytes, 0xff, 0);
}

/*
 * > # <here>: EXPECT_FAULT(fault_read_u64(&two, &value)): got no fault, want #GP(0)
 * > # <here>: EXPECT_FAULT(fault_read_u64(NULL, &value)): got #PF(0), want #GP(0)
 * > # <here>: EXPECT_NO_FAULT(fault_read_u64(NON_CANONICAL, &value)): got #GP(0), want no fault
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, fault)
{
	u64 value;

	EXPECT_FAULT(GP_VECTOR, fault_read_u64(&two, &value));
	EXPECT_FAULT(GP_VECTOR, fault_read_u64(NULL, &value));
	EXPECT_NO_FAULT(fault_read_u64(NON_CANONICAL, &value));
	EXPECT_FAULT(GP_VECTOR, fault_read_u64(NON_CANONICAL, &value));
	EXPECT_NO_FAULT(fault_read_u64(&two, &value));
}

UNHARMED(checks, after_failed_expectations)

static void check_two(unsigned int want)
{
	EXPECT_EQ(two, want);
}

static void check_two_twice(unsigned int want)
{
	check_two(want);
	check_two(two);
	check_two(want);
}

/*
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 3 [called from <here>]
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 4 [called from <file>:<n> < <here>]
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 4 [called from <file>:<n> < <here>]
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, callers_are_named)
{
	check_two(3);
	check_two_twice(4);
}

__attribute__((always_inline)) static inline void check_two_inlined(unsigned int want)
{
	check_two(want);
	EXPECT_EQ(two, want);
}

/*
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 3 [called from <file>:<n> < <here>]
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 3 [called from <here>]
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, callers_that_are_inlined_are_named)
{
	check_two_inlined(3);
}

static void check_argument(void *argument)
{
	check_two(*(const unsigned int *)argument);
}

/*
 * The chain goes on through the kernel's own code. On another vCPU it ends at the work function.
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 3 [called from <file>:<n> < <here>]
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 4 [called from <file>:<n>] [on vCPU 1]
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, callers_on_each_vcpu_are_named, .needs.cpus = 2)
{
	unsigned int wants[] = {3, 4};

	smp_call(0, check_argument, &wants[0]);
	smp_call(1, check_argument, &wants[1]);
}

static bool check_in_handler(struct trap_frame *frame)
{
	frame->rip += UD2_LENGTH;
	check_two(3);
	return true;
}

/*
 * > # <file>:<n>: EXPECT_EQ(two, want): got 2, want 3 [called from <file>:<n>]
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, callers_end_at_a_handler)
{
	trap_set_handler(UD_VECTOR, check_in_handler);
	__asm__ volatile("ud2");
}

UNHARMED(checks, after_failures_with_callers)

/*
 * > # <here>: ASSERT_EQ(two, 3u): got 2, want 3
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, assertion_ends_the_test)
{
	ASSERT_EQ(two, 2u);
	ASSERT_EQ(two, 3u);
	EXPECT_EQ(two, 4u);
}

UNHARMED(checks, after_assertion)

/*
 * > # <here>: ASSERT_NO_FAULT(fault_read_u64(NULL, &value)): got #PF(0), want no fault
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, assertion_of_no_fault_ends_the_test)
{
	u64 value;

	ASSERT_NO_FAULT(fault_read_u64(&two, &value));
	ASSERT_NO_FAULT(fault_read_u64(NULL, &value));
	EXPECT_EQ(two, 4u);
}

UNHARMED(checks, after_assertion_of_no_fault)

/*
 * > # <here>: EXPECT_LT(i, 2): got 2, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 3, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 4, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 5, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 6, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 7, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 8, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 9, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 10, want less than 2
 * > # <here>: EXPECT_LT(i, 2): got 11, want less than 2
 * > # further messages of this test are left out
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, many_failures_are_cut_short)
{
	for (int i = 0; i < 64; i++)
		EXPECT_LT(i, 2);
}

/*
 * > # <here>: EXPECT_EQ(two, 3u): got 2, want 3
 * > # contract: nothing but the truth
 * > not ok
 */
TEST(checks, failure_outlives_a_skip)
{
	EXPECT_EQ(two, 3u);
	test_skip(UNMET_LUCK, "too-late");
}

/* > not ok # ERROR the test checked nothing */
TEST(checks, test_without_a_check)
{
}

/*
 * > # the set-up is odd
 * > not ok # ERROR see the messages above
 */
TEST(checks, error_of_the_set_up)
{
	test_report(VERDICT_ERROR, NULL, 0, "the set-up is odd");
}

/*
 * > # unmet: machine device-2
 * > ok # SKIP the test needs device-2
 */
TEST(checks, skip)
{
	test_skip(UNMET_MACHINE, "device-%u", two);
}

UNHARMED(checks, after_skip)

SUITE(checks, .contract = "nothing but the truth");
