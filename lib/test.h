/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a test is written: SUITE() names a feature, its needs and its contract; TEST() is one claim about it;
 * EXPECT_*() checks and goes on, ASSERT_*() checks and ends the test.
 */
#ifndef LIB_TEST_H
#define LIB_TEST_H

#include "lib/types.h"
#include "lib/unmet.h"
#include "lib/verdict.h"

/* What must hold for a test to run here. The platform (x86/kvm/needs.c) knows what the bits mean. */
struct test_needs {
	u32 features; /* all of these are advertised */
	u32 absent; /* none of these is advertised */
	u32 supported; /* the host itself has all of these, advertised or not */
	u64 conditions; /* all of these hold */
	unsigned int cpus; /* at least so many CPUs run */
};

/* A need that is not met: lib/unmet.h. */
struct unmet {
	enum unmet_kind kind;
	char what[UNMET_WHAT_SIZE];
};

struct test_suite {
	const char *name;
	const char *contract; /* where the promise is written */
	struct test_needs needs; /* of every test in the suite */
};

struct test {
	const char *suite;
	const char *name;
	void (*body)(void);
	const char *file; /* tests of a suite run in order of their files' names, and then of their lines */
	unsigned int line;
	unsigned int budget_ms; /* guest time after which the test is ended; 0: as below */
	struct test_needs needs; /* in addition to the suite's */
};

/*
 * Long enough for the slowest correct host known: 2 us an instruction, and vCPUs descheduled for 100 ms at any
 * time, whenever one waits for another. Where vCPUs share CPUs of the host, each budget is arch_time_factor() times as
 * long. After TEST_HANGS_SOME tests that did not finish the budget is short, so that a run with many tests that hang
 * still ends soon.
 */
#define TEST_BUDGET_MS	     10000
#define TEST_BUDGET_SHORT_MS 3000
#define TEST_HANGS_SOME	     3

/* Pointers, not structures, go into the section: an array of structures would depend on the compiler's padding. */
#define TEST_REGISTER(section_name, type, object) \
	static const type *object##_pointer __attribute__((section(section_name), used)) = &(object)

/*
 * A suite may have several files: SUITE() stands in the one with its name, tests/poll_control.c, and tests/poll_control_*.c
 * add tests to it.
 *
 * SUITE(poll_control, .contract = "...", .needs.features = BIT(KVM_FEATURE_POLL_CONTROL));
 */
#define SUITE(suite_name, ...)                                                                  \
	static const struct test_suite suite_##suite_name = {.name = #suite_name, __VA_ARGS__}; \
	TEST_REGISTER("test_suites", struct test_suite, suite_##suite_name)

/* TEST(poll_control, polling_is_allowed_at_power_on, .needs.cpus = 2) { ... } */
#define TEST(suite_name, test_name, ...)                                                                  \
	static void suite_name##__##test_name(void);                                                      \
	static const struct test suite_name##__##test_name##_record = {.suite = #suite_name,              \
								       .name = #test_name,                \
								       .body = suite_name##__##test_name, \
								       .file = __FILE__,                  \
								       .line = __LINE__,                  \
								       ##__VA_ARGS__};                    \
	TEST_REGISTER("tests", struct test, suite_name##__##test_name##_record);                          \
	static void suite_name##__##test_name(void)

enum test_operator { TEST_EQ, TEST_NE, TEST_LT, TEST_LE, TEST_GT, TEST_GE };

/* One comparison as it stands in the source, and the values of its operands. */
struct test_comparison {
	const char *text; /* "EXPECT_EQ(got, want)" */
	u64 got;
	u64 want;
	enum test_operator op;
	bool is_signed;
};

/*
 * Count a check, and report it when it does not hold, with what was got and what was wanted: a signed number in decimal,
 * an unsigned one in decimal and, from 10 on, in hexadecimal, too. Return whether it holds.
 */
bool test_compare(const char *file, unsigned int line, const struct test_comparison *comparison);
bool test_check(bool holds, const char *file, unsigned int line, const char *fmt, ...) PRINTF(4, 5);

/* The length bytes from memory on are all equal to byte; text is the check as it stands in the source. */
bool test_check_bytes(const char *file, unsigned int line, const char *text, const volatile void *memory,
		      u8 byte, size_t length);

/* Make the running test's verdict at least this bad, and log why. A line of 0 stands for no place in a test. */
void test_report(enum verdict verdict, const char *file, unsigned int line, const char *fmt, ...)
	PRINTF(4, 5);

/*
 * Log which of several permitted behaviours the host shows, so that a comparison of two runs lists a change. The text
 * is constant for a host: it has no measured numbers in it, and a test in which chance decides logs none.
 */
void test_observed(const char *fmt, ...) PRINTF(1, 2);

/*
 * Log that the feature did not act in this test, where no promise is broken by that: what the test checks held, but shows
 * nothing of the feature. Reports count such a pass apart, and comparisons list a test that showed the feature before.
 * Only the boot CPU calls this; the last text stands, and only if the test passes. The text is as constant as test_observed()'s.
 */
void test_inert(const char *fmt, ...) PRINTF(1, 2);

/*
 * Log that the test measures once more, and why: something was seen that a correct host may do, and that makes the last
 * measurement worthless or wide. Only the boot CPU calls this. The result's JSON counts these lines.
 */
void test_retry(const char *fmt, ...) PRINTF(1, 2);

/* What one operation of a kind costs: the VM's exits, if they can be told, and cycles of the TSC. */
struct test_cost {
	bool exits_known;
	u64 exits, median_cycles, p99_cycles;
};

/* Log a measurement for results and comparisons. operation is one word, and the same wherever the operation is. */
void test_cost(const char *operation, const struct test_cost *cost);

/*
 * End the running test as a SKIP, for a need that shows only inside the test; what is known before is declared in
 * .needs. kind and what are as in lib/unmet.h; the sentence for people is made in x86/kvm/unmet.c.
 */
_Noreturn void test_skip(enum unmet_kind kind, const char *what, ...) PRINTF(2, 3);

/* The running test did not finish within its budget, and is about to be ended: shortens the budgets of those to come. */
void test_note_hang(void);

/* End the running test; what was reported so far stands. */
_Noreturn void test_leave(void);

/* "suite.name" of the running test, or "" between tests. */
const char *test_current_name(void);

/* Log an error of the run as a whole (an unknown kernel argument, for example), and fail the run. */
void test_run_error(const char *fmt, ...) PRINTF(1, 2);

/*
 * A run over the tests whose "suite.test" matches one of the comma-separated globs: first the plan, then the
 * tests and the totals. test_run() returns true when nothing failed. test_list() only names them.
 */
void test_plan(const char *globs);
bool test_run(void);
void test_list(const char *globs);

/* clang-format off */
#define TEST_IS_SIGNED(x)          \
	_Generic((x), signed char  \
		 : true, short     \
		 : true, int       \
		 : true, long      \
		 : true, long long \
		 : true, default   \
		 : false)
/* clang-format on */

#define TEST_COMPARE(text_, operator, got_, want_)                                                    \
	({                                                                                            \
		__auto_type test_got = (got_);                                                        \
		__auto_type test_want = (want_);                                                      \
		test_compare(__FILE__, __LINE__,                                                      \
			     &(const struct test_comparison){.text = (text_),                         \
							     .got = (u64)test_got,                    \
							     .want = (u64)test_want,                  \
							     .op = (operator),                        \
							     .is_signed = TEST_IS_SIGNED(test_got)}); \
	})

#define TEST_OR_LEAVE(holds)          \
	do {                          \
		if (!(holds))         \
			test_leave(); \
	} while (0)

/* The text is made here, where macros in the operands are not expanded yet. */
#define EXPECT_EQ(got, want) ((void)TEST_COMPARE("EXPECT_EQ(" #got ", " #want ")", TEST_EQ, got, want))
#define EXPECT_NE(got, want) ((void)TEST_COMPARE("EXPECT_NE(" #got ", " #want ")", TEST_NE, got, want))
#define EXPECT_LT(got, want) ((void)TEST_COMPARE("EXPECT_LT(" #got ", " #want ")", TEST_LT, got, want))
#define EXPECT_LE(got, want) ((void)TEST_COMPARE("EXPECT_LE(" #got ", " #want ")", TEST_LE, got, want))
#define EXPECT_GT(got, want) ((void)TEST_COMPARE("EXPECT_GT(" #got ", " #want ")", TEST_GT, got, want))
#define EXPECT_GE(got, want) ((void)TEST_COMPARE("EXPECT_GE(" #got ", " #want ")", TEST_GE, got, want))

#define ASSERT_EQ(got, want) TEST_OR_LEAVE(TEST_COMPARE("ASSERT_EQ(" #got ", " #want ")", TEST_EQ, got, want))
#define ASSERT_NE(got, want) TEST_OR_LEAVE(TEST_COMPARE("ASSERT_NE(" #got ", " #want ")", TEST_NE, got, want))
#define ASSERT_LT(got, want) TEST_OR_LEAVE(TEST_COMPARE("ASSERT_LT(" #got ", " #want ")", TEST_LT, got, want))
#define ASSERT_LE(got, want) TEST_OR_LEAVE(TEST_COMPARE("ASSERT_LE(" #got ", " #want ")", TEST_LE, got, want))
#define ASSERT_GT(got, want) TEST_OR_LEAVE(TEST_COMPARE("ASSERT_GT(" #got ", " #want ")", TEST_GT, got, want))
#define ASSERT_GE(got, want) TEST_OR_LEAVE(TEST_COMPARE("ASSERT_GE(" #got ", " #want ")", TEST_GE, got, want))

/* The condition comes first: what the text shows may be what it waited for. */
#define TEST_TRUE(macro_text, condition_, condition_text, fmt, ...)                                    \
	({                                                                                             \
		bool test_holds = (condition_);                                                        \
		test_check(test_holds, __FILE__, __LINE__, "%s(%s): " fmt, macro_text, condition_text, \
			   ##__VA_ARGS__);                                                             \
	})

/* A condition that no comparison expresses; the text after it says what was got and what is wanted instead. */
#define EXPECT_TRUE(condition, fmt, ...) \
	((void)TEST_TRUE("EXPECT_TRUE", condition, #condition, fmt, ##__VA_ARGS__))
#define ASSERT_TRUE(condition, fmt, ...) \
	TEST_OR_LEAVE(TEST_TRUE("ASSERT_TRUE", condition, #condition, fmt, ##__VA_ARGS__))

/* What tests fill an area with, to see which bytes the host writes. As a version number it is odd. */
#define FILLER 0xa5

/* The length bytes from memory on all have the value byte. */
#define EXPECT_BYTES(memory, byte, length)                                                               \
	((void)test_check_bytes(__FILE__, __LINE__, "EXPECT_BYTES(" #memory ", " #byte ", " #length ")", \
				memory, byte, length))

#endif
