/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/test.c: what the check macros say, which verdict a test gets, and what a run prints. The tests below are the
 * runner's input; each run() picks some of them. lib/test.c is included, so that a run can start from nothing.
 */
#include "lib/test.c" /* before cmocka, which has a run_test(), too. NOLINT(bugprone-suspicious-include) */

#include "selftest/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/unit/console.h"

/* The processor, as far as the runner sees it. */

#define NEED_SKIP  BIT(0)
#define NEED_FAIL  BIT(1)
#define NEED_ERROR BIT(2)

static jmp_buf rescue_point;
static unsigned int last_budget_ms, restores;
static const char *call_chain = ""; /* what arch_call_chain() finds */
static enum verdict restore_reports; /* what arch_restore() finds wrong */

static unsigned int time_factor = 1;

unsigned int arch_time_factor(void)
{
	return time_factor;
}

void arch_run_rescuable(void (*body)(void), unsigned int budget_ms)
{
	last_budget_ms = budget_ms;
	if (!setjmp(rescue_point))
		body();
}

void arch_call_chain(char *text, size_t size, const char *check_file)
{
	(void)check_file;
	snprintf(text, size, "%s", call_chain);
}

void arch_leave_test(void)
{
	longjmp(rescue_point, 1);
}

void arch_restore(void)
{
	restores++;
	if (restore_reports)
		test_report(restore_reports, NULL, 0, "found by arch_restore()");
}

static enum verdict unmet_need(enum verdict verdict, struct unmet *unmet, enum unmet_kind kind,
			       const char *what)
{
	unmet->kind = kind;
	snprintf(unmet->what, sizeof(unmet->what), "%s", what);
	return verdict;
}

enum verdict arch_check_needs(const struct test_needs *needs, struct unmet *unmet)
{
	if (needs->cpus > 2)
		return unmet_need(VERDICT_SKIP, unmet, UNMET_VCPUS, "3");
	if (needs->conditions & NEED_SKIP)
		return unmet_need(VERDICT_SKIP, unmet, UNMET_MACHINE, "device");
	if (needs->conditions & NEED_FAIL)
		return unmet_need(VERDICT_FAIL, unmet, UNMET_HOST, "health");
	if (needs->conditions & NEED_ERROR)
		return unmet_need(VERDICT_ERROR, unmet, UNMET_HOST, "set-up");
	return VERDICT_PASS;
}

void arch_explain_unmet(const struct unmet *unmet, char *text, size_t size)
{
	snprintf(text, size, "kind %d, %s", unmet->kind, unmet->what);
}

static unsigned int cpu_index;

unsigned int arch_cpu_index(void)
{
	return cpu_index;
}

/* One run. Leaves whether it passed in passed, and returns its text with "HERE" for each place in this file. */

static bool passed;

static const char *without_places(const char *text)
{
	static char result[20000];
	char *to = result;

	while (*text) {
		if (!strncmp(text, __FILE__ ":", strlen(__FILE__ ":"))) {
			to += sprintf(to, "HERE");
			strtoul(text + strlen(__FILE__ ":"), (char **)&text, 10);
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
	return result;
}

static const char *run(const char *globs)
{
	console_clear();
	memset(totals, 0, sizeof(totals));
	run_failed = false;
	restores = 0;
	test_plan(globs);
	passed = test_run();
	return without_places(console_text());
}

/* The lines that one test prints, from behind "# start" to its result. */
static const char *run_one(const char *name)
{
	static char lines[5000];
	const char *text = run(name);
	const char *from = strstr(text, "# start ");
	const char *to = from ? strstr(from, "ok 1 ") : NULL;

	if (!to)
		return "no test of this name ran";
	from = strchr(from, '\n') + 1;
	snprintf(lines, sizeof(lines), "%.*s", (int)(strchr(to, '\n') + 1 - from), from);
	return lines;
}

/* The macros. */

static volatile unsigned int two = 2;
static volatile int minus_two = -2;
static bool went_on;
static const u8 bytes[4] = {7, 7, 7, 8};

TEST(macros, all_hold)
{
	EXPECT_EQ(two, 2);
	EXPECT_NE(two, 3);
	EXPECT_LT(two, 3);
	EXPECT_LE(two, 3);
	EXPECT_LE(two, 2);
	EXPECT_GT(two, 1);
	EXPECT_GE(two, 1);
	EXPECT_GE(two, 2);
	EXPECT_TRUE(two == 2, "never printed");
	EXPECT_BYTES(bytes, 7, 3);
	EXPECT_BYTES(bytes, 1, 0);
	ASSERT_EQ(two, 2);
	ASSERT_NE(two, 3);
	ASSERT_LT(two, 3);
	ASSERT_LE(two, 2);
	ASSERT_GT(two, 1);
	ASSERT_GE(two, 2);
	ASSERT_TRUE(two == 2, "never printed");
	went_on = true;
}

TEST(macros, signedness_follows_the_first_operand)
{
	EXPECT_LT(minus_two, 1);
	EXPECT_GT(1, minus_two);
	EXPECT_LE((s64)INT64_MIN, INT64_MAX);
	EXPECT_GE((signed char)-1, -1);
	EXPECT_LT((short)-1, 0);
	EXPECT_GT((u64)UINT64_MAX, 1u);
	EXPECT_GT((u8)255, 1);
	EXPECT_GT((void *)-1, (void *)1);
	EXPECT_EQ(true, 1);
	EXPECT_EQ((u32)0x80000000, 0x80000000);
}

static int calls;

static int count_calls(void)
{
	return ++calls;
}

TEST(macros, operands_are_evaluated_once)
{
	EXPECT_EQ(count_calls(), count_calls() - 1);
	EXPECT_LT(calls, 3);
	EXPECT_TRUE(count_calls() == 3, "%d", calls);
}

/* One statement each, also where braces are left out. */
TEST(macros, are_statements)
{
	if (two == 2)
		EXPECT_EQ(two, 2);
	else
		EXPECT_EQ(two, 3);
	if (two == 2)
		ASSERT_TRUE(true, "never");
	else
		ASSERT_TRUE(false, "never");
}

#define FAILING(name, check)    \
	TEST(failing, name)     \
	{                       \
		check;          \
		went_on = true; \
	}

FAILING(expect_eq, EXPECT_EQ(two, 3))
FAILING(expect_ne, EXPECT_NE(two, 2))
FAILING(expect_lt, EXPECT_LT(two, 2))
FAILING(expect_le, EXPECT_LE(two, 1))
FAILING(expect_gt, EXPECT_GT(two, 2))
FAILING(expect_ge, EXPECT_GE(two, 3))
FAILING(expect_eq_signed, EXPECT_EQ(minus_two, 3))
FAILING(expect_ne_signed, EXPECT_NE(minus_two, -2))
FAILING(expect_lt_signed, EXPECT_LT(minus_two, -2))
FAILING(expect_le_signed, EXPECT_LE(minus_two, -3))
FAILING(expect_gt_signed, EXPECT_GT(minus_two, 1))
FAILING(expect_ge_signed, EXPECT_GE(minus_two, -1))
FAILING(expect_eq_two_digits, EXPECT_EQ(two + 8, 9u))
FAILING(expect_eq_wide, EXPECT_EQ(UINT64_MAX, UINT64_MAX - 1))
FAILING(expect_true, EXPECT_TRUE(two == 3, "two is %u", two))
FAILING(expect_bytes_of_two_digits, EXPECT_BYTES(bytes, 0xaa, 1))
FAILING(expect_bytes, EXPECT_BYTES(bytes, 7, 4))
FAILING(assert_eq, ASSERT_EQ(two, 3))
FAILING(assert_ne, ASSERT_NE(two, 2))
FAILING(assert_lt, ASSERT_LT(two, 2))
FAILING(assert_le, ASSERT_LE(two, 1))
FAILING(assert_gt, ASSERT_GT(two, 2))
FAILING(assert_ge, ASSERT_GE(two, 3))
FAILING(assert_true, ASSERT_TRUE(two == 3, "two is %u", two))
FAILING(operands_as_written, EXPECT_EQ(BIT(two), UINT32_MAX))

static const struct {
	const char *name, *message;
	bool stops;
} failing[] = {
	{"expect_eq", "EXPECT_EQ(two, 3): got 2, want 3", false},
	{"expect_ne", "EXPECT_NE(two, 2): got 2, want other than 2", false},
	{"expect_lt", "EXPECT_LT(two, 2): got 2, want less than 2", false},
	{"expect_le", "EXPECT_LE(two, 1): got 2, want at most 1", false},
	{"expect_gt", "EXPECT_GT(two, 2): got 2, want more than 2", false},
	{"expect_ge", "EXPECT_GE(two, 3): got 2, want at least 3", false},
	{"expect_eq_signed", "EXPECT_EQ(minus_two, 3): got -2, want 3", false},
	{"expect_ne_signed", "EXPECT_NE(minus_two, -2): got -2, want other than -2", false},
	{"expect_lt_signed", "EXPECT_LT(minus_two, -2): got -2, want less than -2", false},
	{"expect_le_signed", "EXPECT_LE(minus_two, -3): got -2, want at most -3", false},
	{"expect_gt_signed", "EXPECT_GT(minus_two, 1): got -2, want more than 1", false},
	{"expect_ge_signed", "EXPECT_GE(minus_two, -1): got -2, want at least -1", false},
	{"expect_eq_two_digits", "EXPECT_EQ(two + 8, 9u): got 10 (0xa), want 9", false},
	{"expect_eq_wide",
	 "EXPECT_EQ(UINT64_MAX, UINT64_MAX - 1): got 18446744073709551615 (0xffffffffffffffff), want 18446744073709551614 (0xfffffffffffffffe)",
	 false},
	{"expect_true", "EXPECT_TRUE(two == 3): two is 2", false},
	{"expect_bytes_of_two_digits", "EXPECT_BYTES(bytes, 0xaa, 1): got 7 in byte 0, want 170 (0xaa)",
	 false},
	{"expect_bytes", "EXPECT_BYTES(bytes, 7, 4): got 8 in byte 3, want 7", false},
	{"assert_eq", "ASSERT_EQ(two, 3): got 2, want 3", true},
	{"assert_ne", "ASSERT_NE(two, 2): got 2, want other than 2", true},
	{"assert_lt", "ASSERT_LT(two, 2): got 2, want less than 2", true},
	{"assert_le", "ASSERT_LE(two, 1): got 2, want at most 1", true},
	{"assert_gt", "ASSERT_GT(two, 2): got 2, want more than 2", true},
	{"assert_ge", "ASSERT_GE(two, 3): got 2, want at least 3", true},
	{"assert_true", "ASSERT_TRUE(two == 3): two is 2", true},
	{"operands_as_written", "EXPECT_EQ(BIT(two), UINT32_MAX): got 4, want 4294967295 (0xffffffff)",
	 false},
};

static void checks_that_hold(void **state)
{
	(void)state;
	went_on = false;
	assert_string_equal(run_one("macros.all_hold"), "  ok 1 all_hold\n");
	assert_true(passed && went_on);
	assert_int_equal(current.checks, 18);
	assert_string_equal(run_one("macros.sign*"), "  ok 1 signedness_follows_the_first_operand\n");
	assert_string_equal(run_one("macros.operands*"), "  ok 1 operands_are_evaluated_once\n");
	assert_string_equal(run_one("macros.are_statements"), "  ok 1 are_statements\n");
	assert_int_equal(current.checks, 2);
}

static void checks_that_fail(void **state)
{
	char name[50], want[300];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(failing); i++) {
		went_on = false;
		snprintf(name, sizeof(name), "failing.%s", failing[i].name);
		snprintf(want, sizeof(want), "  # HERE: %s\n  # contract: a document\n  not ok 1 %s\n",
			 failing[i].message, failing[i].name);
		assert_string_equal(run_one(name), want);
		assert_false(passed);
		assert_int_equal(went_on, !failing[i].stops);
	}
}

SUITE(failing, .contract = "a document");

/* The place is the macro's own line. */
TEST(place, is_named)
{
	EXPECT_EQ(two, 3);
}
enum { PLACE_LINE = __LINE__ - 2 };

static void places(void **state)
{
	char want[200];

	(void)state;
	run("place.*");
	snprintf(want, sizeof(want), "  # %s:%d: EXPECT_EQ(two, 3): ", __FILE__, PLACE_LINE);
	assert_non_null(strstr(console_text(), want));
}

/* Only of a check, and at the end of its line. */
static void callers(void **state)
{
	char want[200];

	(void)state;
	call_chain = " [called from a.c:1 < b.c:2]";
	run("place.*");
	snprintf(want, sizeof(want), "  # %s:%d: EXPECT_EQ(two, 3): got 2, want 3%s\n", __FILE__, PLACE_LINE,
		 call_chain);
	assert_non_null(strstr(console_text(), want));
	run("verdicts.error_and_failure");
	assert_null(strstr(console_text(), "called from"));
	call_chain = "";
}

static void other_cpus_are_named(void **state)
{
	(void)state;
	call_chain = " [called from a.c:1]";
	cpu_index = 17;
	assert_non_null(strstr(run("place.*"), "got 2, want 3 [called from a.c:1] [on vCPU 17]\n"));
	assert_null(strstr(run("verdicts.error_and_failure"), "on vCPU"));
	cpu_index = 0;
	call_chain = "";
	assert_null(strstr(run("place.*"), "on vCPU"));
}

/* What follows a message that is too long still gets its place on the line. */
TEST(talkative, at_length)
{
	EXPECT_TRUE(two == 3, "%0800u", two);
}

static void long_messages_are_cut(void **state)
{
	const char *text;

	(void)state;
	cpu_index = 1;
	text = run_one("talkative.at_length");
	cpu_index = 0;
	assert_non_null(strstr(text, "000 [on vCPU 1]\n"));
	assert_true(strcspn(text, "\n") < KTAP_LINE_SIZE);
}

/* Verdicts: the worst one sticks. */

static void report(enum verdict verdict)
{
	test_report(verdict, NULL, 0, "report %d", verdict);
}

TEST(verdicts, pass)
{
	EXPECT_TRUE(true, "never");
}

TEST(verdicts, nothing)
{
}

TEST(verdicts, left_without_a_check)
{
	test_leave();
}

TEST(verdicts, left_after_a_check)
{
	EXPECT_TRUE(true, "never");
	test_leave();
}

TEST(verdicts, skip)
{
	test_skip(UNMET_HOST, "for %s", "fun");
}

TEST(verdicts, skip_after_a_check)
{
	EXPECT_TRUE(true, "never");
	test_skip(UNMET_LUCK, "half-way");
}

TEST(verdicts, skip_after_a_failure)
{
	EXPECT_TRUE(false, "failed");
	test_skip(UNMET_LUCK, "too-late");
}

TEST(verdicts, skip_after_an_error)
{
	report(VERDICT_ERROR);
	test_skip(UNMET_LUCK, "too-late");
}

TEST(verdicts, error_and_failure)
{
	report(VERDICT_ERROR);
	report(VERDICT_FAIL);
}

TEST(verdicts, failure_and_error)
{
	report(VERDICT_FAIL);
	report(VERDICT_ERROR);
}

TEST(verdicts, failure_and_pass)
{
	report(VERDICT_FAIL);
	EXPECT_TRUE(true, "never");
}

TEST(verdicts, saw)
{
	EXPECT_TRUE(true, "never");
	test_observed("%s of %d", "one", 2);
	test_observed("another");
}

TEST(verdicts, inert)
{
	EXPECT_TRUE(true, "never");
	test_inert("the first");
	test_inert("%s", "it did not act");
}

TEST(verdicts, inert_and_fail)
{
	test_inert("it did not act");
	EXPECT_TRUE(false, "never");
}

static void only_a_pass_is_inert(void **state)
{
	(void)state;
	assert_string_equal(run_one("verdicts.inert"), "  # inert: it did not act\n  ok 1 inert\n");
	assert_true(passed);
	assert_null(strstr(run_one("verdicts.inert_and_fail"), "inert:"));
	assert_false(passed);
}

TEST(verdicts, measures_again)
{
	test_retry("it took %d ms", 7);
	EXPECT_TRUE(true, "never");
}

static void a_retry_is_logged_and_no_verdict(void **state)
{
	(void)state;
	assert_string_equal(run_one("verdicts.measures_again"),
			    "  # retry: it took 7 ms\n  ok 1 measures_again\n");
	assert_true(passed);
}

static void what_was_seen_is_no_verdict(void **state)
{
	(void)state;
	assert_string_equal(run_one("verdicts.saw"),
			    "  # observed: one of 2\n  # observed: another\n  ok 1 saw\n");
	assert_true(passed);
}

static void worst_verdict_sticks(void **state)
{
	(void)state;
	assert_string_equal(run_one("verdicts.pass"), "  ok 1 pass\n");
	assert_string_equal(run_one("verdicts.nothing"),
			    "  not ok 1 nothing # ERROR the test checked nothing\n");
	assert_false(passed);
	assert_string_equal(run_one("verdicts.left_without*"),
			    "  not ok 1 left_without_a_check # ERROR the test checked nothing\n");
	assert_string_equal(run_one("verdicts.left_after*"), "  ok 1 left_after_a_check\n");
	assert_string_equal(run_one("verdicts.skip"),
			    "  # unmet: host for fun\n  ok 1 skip # SKIP kind 6, for fun\n");
	assert_true(passed);
	assert_string_equal(run_one("verdicts.skip_after_a_check"),
			    "  # unmet: luck half-way\n  ok 1 skip_after_a_check # SKIP kind 7, half-way\n");
	assert_string_equal(run_one("verdicts.skip_after_a_failure"),
			    "  # HERE: EXPECT_TRUE(false): failed\n  not ok 1 skip_after_a_failure\n");
	assert_string_equal(run_one("verdicts.skip_after_an_error"),
			    "  # report 2\n  not ok 1 skip_after_an_error # ERROR see the messages above\n");
	assert_false(passed);
	assert_string_equal(run_one("verdicts.error_and_failure"),
			    "  # report 2\n  # report 4\n  not ok 1 error_and_failure\n");
	assert_string_equal(run_one("verdicts.failure_and_error"),
			    "  # report 4\n  # report 2\n  not ok 1 failure_and_error\n");
	assert_string_equal(run_one("verdicts.failure_and_pass"),
			    "  # report 4\n  not ok 1 failure_and_pass\n");
}

static void restoring_is_part_of_the_test(void **state)
{
	(void)state;
	run("verdicts.*");
	assert_int_equal(restores, 15);
	restore_reports = VERDICT_FAIL;
	assert_string_equal(run_one("verdicts.pass"), "  # found by arch_restore()\n  not ok 1 pass\n");
	restore_reports = VERDICT_ERROR;
	assert_string_equal(run_one("verdicts.skip"),
			    "  # found by arch_restore()\n  not ok 1 skip # ERROR see the messages above\n");
	restore_reports = VERDICT_PASS;
}

/* Needs. */

SUITE(needy, .contract = "a document", .needs.cpus = 2);

TEST(needy, of_nothing_more)
{
	EXPECT_TRUE(true, "never");
}

TEST(needy, of_many_cpus, .needs.cpus = 3)
{
	EXPECT_TRUE(false, "this ran");
}

TEST(needy, of_a_working_host, .needs.conditions = NEED_FAIL)
{
	EXPECT_TRUE(false, "this ran");
}

TEST(needy, of_a_working_set_up, .needs.conditions = NEED_ERROR)
{
	EXPECT_TRUE(false, "this ran");
}

SUITE(needy_suite, .needs.features = 0x4010, .needs.conditions = NEED_SKIP);

TEST(needy_suite, first)
{
	EXPECT_TRUE(false, "this ran");
}

TEST(needy_suite, second, .needs.cpus = 3)
{
	EXPECT_TRUE(false, "this ran");
}

static void needs(void **state)
{
	(void)state;
	assert_string_equal(run("needy*"), "KTAP version 1\n"
					   "1..2\n"
					   "  KTAP version 1\n"
					   "  # Subtest: needy\n"
					   "  1..4\n"
					   "  # start needy.of_nothing_more\n"
					   "  ok 1 of_nothing_more\n"
					   "  # start needy.of_many_cpus\n"
					   "  # unmet: vcpus 3\n"
					   "  ok 2 of_many_cpus # SKIP kind 2, 3\n"
					   "  # start needy.of_a_working_host\n"
					   "  # kind 6, health\n"
					   "  # contract: a document\n"
					   "  not ok 3 of_a_working_host\n"
					   "  # start needy.of_a_working_set_up\n"
					   "  # kind 6, set-up\n"
					   "  not ok 4 of_a_working_set_up # ERROR see the messages above\n"
					   "not ok 1 needy\n"
					   "  KTAP version 1\n"
					   "  # Subtest: needy_suite\n"
					   "  1..2\n"
					   "  # needs features=0x4010\n"
					   "  # start needy_suite.first\n"
					   "  # unmet: machine device\n"
					   "  ok 1 first # SKIP kind 4, device\n"
					   "  # start needy_suite.second\n"
					   "  # unmet: vcpus 3\n"
					   "  ok 2 second # SKIP kind 2, 3\n"
					   "ok 2 needy_suite # SKIP every test was skipped\n"
					   "# totals pass=1 fail=1 error=1 skip=3\n");
	assert_false(passed);
	assert_int_equal(restores, 1);
	run("needy.of_nothing_more,needy.of_many_cpus,needy_suite.*");
	assert_true(passed);
	assert_non_null(strstr(run("needy.of_nothing_more,needy.of_a_working_set_up,needy.of_many_cpus"),
			       "\nnot ok 1 needy # ERROR a test ended with ERROR\n"));
	assert_false(passed);
}

/* Order: by suite, in a suite by file and line, however the linker put them. There need be no SUITE(). */

static char name_while_running[sizeof(current.name)];

TEST(zebra, first)
{
	snprintf(name_while_running, sizeof(name_while_running), "%s", test_current_name());
	EXPECT_TRUE(true, "never");
}

TEST(aardvark, first)
{
	EXPECT_TRUE(true, "never");
}

TEST(zebra, another, .budget_ms = 70)
{
	EXPECT_TRUE(true, "never");
}

TEST(aardvark, second)
{
	EXPECT_TRUE(true, "never");
}

static void add_from_another_file(void)
{
	EXPECT_TRUE(true, "never");
}

static const struct test from_another_file = {.suite = "zebra",
					      .name = "from_another_file",
					      .body = add_from_another_file,
					      .file = "selftest/unit/another.c",
					      .line = 100000};
TEST_REGISTER("tests", struct test, from_another_file);

static void order_and_numbers(void **state)
{
	const char *want = "KTAP version 1\n"
			   "1..2\n"
			   "  KTAP version 1\n"
			   "  # Subtest: aardvark\n"
			   "  1..2\n"
			   "  # start aardvark.first\n"
			   "  ok 1 first\n"
			   "  # start aardvark.second\n"
			   "  ok 2 second\n"
			   "ok 1 aardvark\n"
			   "  KTAP version 1\n"
			   "  # Subtest: zebra\n"
			   "  1..3\n"
			   "  # start zebra.from_another_file\n"
			   "  ok 1 from_another_file\n"
			   "  # start zebra.first\n"
			   "  ok 2 first\n"
			   "  # start zebra.another\n"
			   "  ok 3 another\n"
			   "ok 2 zebra\n"
			   "# totals pass=5 fail=0 error=0 skip=0\n";

	(void)state;
	assert_string_equal(run("zebra.*,aardvark.*"), want);
	assert_true(passed);
	assert_string_equal(run("zebra.*,aardvark.*"), want); /* sorting again changes nothing */
}

static void order_is_by_line_whatever_the_linker_does(void **state)
{
	const struct test **last = __stop_tests;

	(void)state;
	for (const struct test **first = __start_tests; first < --last; first++) {
		const struct test *test = *first;

		*first = *last;
		*last = test;
	}
	order_and_numbers(NULL);
}

static void globs(void **state)
{
	(void)state;
	assert_string_equal(run("*.second"), "KTAP version 1\n"
					     "1..2\n"
					     "  KTAP version 1\n"
					     "  # Subtest: aardvark\n"
					     "  1..1\n"
					     "  # start aardvark.second\n"
					     "  ok 1 second\n"
					     "ok 1 aardvark\n"
					     "  KTAP version 1\n"
					     "  # Subtest: needy_suite\n"
					     "  1..1\n"
					     "  # needs features=0x4010\n"
					     "  # start needy_suite.second\n"
					     "  # unmet: vcpus 3\n"
					     "  ok 1 second # SKIP kind 2, 3\n"
					     "ok 2 needy_suite # SKIP every test was skipped\n"
					     "# totals pass=1 fail=0 error=0 skip=1\n");
	assert_string_equal(run("aardvark"), /* names no test: one has the form suite.test */
			    "KTAP version 1\n"
			    "1..0 # SKIP no test was selected\n"
			    "# error: no test matches run=aardvark; the argument 'list' shows the names\n"
			    "# totals pass=0 fail=0 error=0 skip=0\n");
	assert_false(passed);
}

static void list(void **state)
{
	(void)state;
	console_clear();
	test_list("zebra.*,*.skip_after_an*");
	assert_string_equal(console_text(), "KTAP version 1\n"
					    "1..0 # SKIP only the names were asked for\n"
					    "# test verdicts.skip_after_an_error\n"
					    "# test zebra.from_another_file\n"
					    "# test zebra.first\n"
					    "# test zebra.another\n");
}

static void budgets_and_names(void **state)
{
	(void)state;
	run("zebra.first");
	assert_int_equal(last_budget_ms, TEST_BUDGET_MS);
	assert_string_equal(name_while_running, "zebra.first");
	assert_string_equal(test_current_name(), "");
	run("zebra.another");
	assert_int_equal(last_budget_ms, 70);
}

/* Suites run by their names: these fail before "zebra" begins. */
static void budgets_get_short_where_tests_hang(void **state)
{
	(void)state;
	run("verdicts.skip_after_a_failure,verdicts.error_and_failure,verdicts.failure_and_error,zebra.first");
	assert_int_equal(totals[VERDICT_FAIL], 3);
	assert_int_equal(last_budget_ms, TEST_BUDGET_MS);
	hangs = TEST_HANGS_SOME - 1;
	run("zebra.first");
	assert_int_equal(last_budget_ms, TEST_BUDGET_MS);
	test_note_hang();
	run("zebra.first");
	assert_int_equal(last_budget_ms, TEST_BUDGET_SHORT_MS);
	hangs = 0;
}

static void budgets_are_longer_where_vcpus_share_cpus(void **state)
{
	(void)state;
	time_factor = 4;
	run("zebra.first");
	assert_int_equal(last_budget_ms, 4 * TEST_BUDGET_MS);
	time_factor = 1;
}

/* Messages, and errors of the run as a whole. */

TEST(talkative, in_a_loop)
{
	for (int i = 0; i < 64; i++)
		EXPECT_LT(i, 1);
}

TEST(talkative, exactly_as_many_as_are_shown)
{
	for (int i = 0; i < 10; i++)
		EXPECT_TRUE(false, "%d", i);
}

static void messages_are_limited(void **state)
{
	const char *text;
	unsigned int lines = 0;

	(void)state;
	text = run_one("talkative.in_a_loop");
	for (const char *at = text; (at = strstr(at, "  # HERE: EXPECT_LT(i, 1): got ")); at++)
		lines++;
	assert_int_equal(lines, 10);
	assert_non_null(strstr(text, "got 10, want less than 1\n"
				     "  # further messages of this test are left out\n"
				     "  not ok 1 in_a_loop\n"));
	assert_null(strstr(run_one("talkative.exactly*"), "further messages"));
}

TEST(run_errors, inside_a_test)
{
	EXPECT_TRUE(true, "never");
	test_run_error("vCPU %d is gone", 3);
}

static void errors_of_the_run_fail_it(void **state)
{
	(void)state;
	assert_non_null(strstr(run("run_errors.*"), "  # error: vCPU 3 is gone\n"
						    "  ok 1 inside_a_test\n"
						    "ok 1 run_errors\n"
						    "# totals pass=1 fail=0 error=0 skip=0\n"));
	assert_false(passed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_that_hold),
		cmocka_unit_test(checks_that_fail),
		cmocka_unit_test(places),
		cmocka_unit_test(callers),
		cmocka_unit_test(other_cpus_are_named),
		cmocka_unit_test(long_messages_are_cut),
		cmocka_unit_test(worst_verdict_sticks),
		cmocka_unit_test(what_was_seen_is_no_verdict),
		cmocka_unit_test(only_a_pass_is_inert),
		cmocka_unit_test(a_retry_is_logged_and_no_verdict),
		cmocka_unit_test(restoring_is_part_of_the_test),
		cmocka_unit_test(needs),
		cmocka_unit_test(order_and_numbers),
		cmocka_unit_test(order_is_by_line_whatever_the_linker_does),
		cmocka_unit_test(globs),
		cmocka_unit_test(list),
		cmocka_unit_test(budgets_and_names),
		cmocka_unit_test(budgets_get_short_where_tests_hang),
		cmocka_unit_test(budgets_are_longer_where_vcpus_share_cpus),
		cmocka_unit_test(messages_are_limited),
		cmocka_unit_test(errors_of_the_run_fail_it),
	};

	return cmocka_run_group_tests_name("test", tests, NULL, NULL);
}
