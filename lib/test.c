/* SPDX-License-Identifier: BSD-2-Clause */
/* The test runner: which tests run, in which order, and what verdict each one gets. */
#include "lib/test.h"

#include <stdarg.h>

#include "lib/arch.h"
#include "lib/format.h"
#include "lib/ktap_writer.h"
#include "lib/string.h"

/* The registered tests and suites; the linker puts their pointers side by side. */
extern const struct test *__start_tests[], *__stop_tests[];
extern const struct test_suite *__start_test_suites[], *__stop_test_suites[];

/* A check in a loop over 64 bits fails 64 times; ten lines of that are enough. */
#define MESSAGES_MAX 10

/* A failed check's line: the message is cut, so that its place, its callers and its vCPU fit in. */
#define PLACE_SIZE   80
#define CALLERS_SIZE 200
#define VCPU_SIZE    24
#define MESSAGE_SIZE (KTAP_LINE_SIZE - PLACE_SIZE - CALLERS_SIZE - VCPU_SIZE)

/* The running test. Other CPUs take part in tests, so all of it is accessed atomically. */
static struct {
	const struct test *test;
	const struct test_suite *suite;
	char name[128];
	struct unmet unmet; /* of a skip */
	char reason[200];
	char inert[160]; /* of a pass; "": the feature acted, or nothing tells whether it did */
	enum verdict verdict;
	unsigned int checks;
	unsigned int messages;
} current;

#define WORD(name, word) word,
static const char *const unmet_words[] = {UNMET_KINDS(WORD)};
#undef WORD

static const struct test **selected_end;
static unsigned int totals[VERDICT_FAIL + 1];
static unsigned int hangs; /* tests that did not finish */
static bool run_failed;

static void raise_verdict(enum verdict verdict)
{
	enum verdict old = __atomic_load_n(&current.verdict, __ATOMIC_RELAXED);

	while (old < verdict && !__atomic_compare_exchange_n(&current.verdict, &old, verdict, false,
							     __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void report_va(enum verdict verdict, const char *file, unsigned int line, const char *fmt,
		      va_list args)
{
	char text[MESSAGE_SIZE], callers[CALLERS_SIZE], vcpu[VCPU_SIZE] = "";
	unsigned int messages = __atomic_fetch_add(&current.messages, 1, __ATOMIC_RELAXED);

	raise_verdict(verdict);
	if (messages > MESSAGES_MAX)
		return;
	if (messages == MESSAGES_MAX) {
		ktap_note("further messages of this test are left out");
		return;
	}
	format_va(text, sizeof(text), fmt, args);
	if (!line) {
		ktap_note("%s", text);
		return;
	}
	arch_call_chain(callers, sizeof(callers), file);
	if (arch_cpu_index())
		format(vcpu, sizeof(vcpu), " [on vCPU %u]", arch_cpu_index());
	ktap_note("%s:%u: %s%s%s", file, line, text, callers, vcpu);
}

void test_report(enum verdict verdict, const char *file, unsigned int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report_va(verdict, file, line, fmt, args);
	va_end(args);
}

bool test_check(bool holds, const char *file, unsigned int line, const char *fmt, ...)
{
	va_list args;

	__atomic_fetch_add(&current.checks, 1, __ATOMIC_RELAXED);
	if (!holds) {
		va_start(args, fmt);
		report_va(VERDICT_FAIL, file, line, fmt, args);
		va_end(args);
	}
	return holds;
}

static bool compare(const struct test_comparison *c)
{
	bool less = c->is_signed ? (s64)c->got < (s64)c->want : c->got < c->want;

	switch (c->op) {
	case TEST_EQ:
		return c->got == c->want;
	case TEST_NE:
		return c->got != c->want;
	case TEST_LT:
		return less;
	case TEST_LE:
		return less || c->got == c->want;
	case TEST_GT:
		return !less && c->got != c->want;
	case TEST_GE:
		return !less;
	}
	return false;
}

/* A number of 64 bits in decimal (20 digits) and hexadecimal (16), and what is around them. */
#define NUMBER_SIZE 48

/* A signed number in decimal; an unsigned one in decimal and, from 10 on, in hexadecimal, too: "17 (0x11)". */
static void format_number(char text[NUMBER_SIZE], u64 number, bool is_signed)
{
	if (is_signed)
		format(text, NUMBER_SIZE, "%ld", (long)number);
	else if (number < 10)
		format(text, NUMBER_SIZE, "%lu", (unsigned long)number);
	else
		format(text, NUMBER_SIZE, "%lu (%#lx)", (unsigned long)number, (unsigned long)number);
}

bool test_compare(const char *file, unsigned int line, const struct test_comparison *c)
{
	static const char *const wanted[] = {
		[TEST_EQ] = "",		[TEST_NE] = "other than ", [TEST_LT] = "less than ",
		[TEST_LE] = "at most ", [TEST_GT] = "more than ",  [TEST_GE] = "at least ",
	};

	char got[NUMBER_SIZE], want[NUMBER_SIZE];

	if (compare(c)) /* the usual case, at less cost */
		return test_check(true, file, line, "%s", c->text);
	format_number(got, c->got, c->is_signed);
	format_number(want, c->want, c->is_signed);
	return test_check(false, file, line, "%s: got %s, want %s%s", c->text, got, wanted[c->op], want);
}

bool test_check_bytes(const char *file, unsigned int line, const char *text, const volatile void *memory,
		      u8 byte, size_t length)
{
	const volatile u8 *bytes = memory;
	char got[NUMBER_SIZE], want[NUMBER_SIZE];
	size_t at = 0;

	while (at < length && bytes[at] == byte)
		at++;
	if (at == length)
		return test_check(true, file, line, "%s", text);
	format_number(got, bytes[at], false);
	format_number(want, byte, false);
	return test_check(false, file, line, "%s: got %s in byte %zu, want %s", text, got, at, want);
}

void test_observed(const char *fmt, ...)
{
	char text[KTAP_LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_note("observed: %s", text);
}

void test_retry(const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_note("retry: %s", text);
}

void test_cost(const char *operation, const struct test_cost *cost)
{
	char exits[24] = "unknown";

	if (cost->exits_known)
		format(exits, sizeof(exits), "%lu", (unsigned long)cost->exits);
	ktap_note("cost: %s exits=%s median-cycles=%lu p99-cycles=%lu", operation, exits,
		  (unsigned long)cost->median_cycles, (unsigned long)cost->p99_cycles);
}

void test_inert(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	format_va(current.inert, sizeof(current.inert), fmt, args);
	va_end(args);
}

void test_note_hang(void)
{
	hangs++;
}

void test_leave(void)
{
	arch_leave_test();
}

void test_skip(enum unmet_kind kind, const char *what, ...)
{
	va_list args;

	current.unmet.kind = kind;
	va_start(args, what);
	format_va(current.unmet.what, sizeof(current.unmet.what), what, args);
	va_end(args);
	raise_verdict(VERDICT_SKIP);
	arch_leave_test();
}

const char *test_current_name(void)
{
	return current.name;
}

void test_run_error(const char *fmt, ...)
{
	char text[KTAP_LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	ktap_note("error: %s", text);
	run_failed = true;
}

static const struct test_suite *find_suite(const char *name)
{
	for (const struct test_suite **suite = __start_test_suites; suite < __stop_test_suites; suite++)
		if (!strcmp((*suite)->name, name))
			return *suite;
	return NULL;
}

static bool comes_before(const struct test *a, const struct test *b)
{
	int order = strcmp(a->suite, b->suite);

	if (!order)
		order = strcmp(a->file, b->file);
	return order ? order < 0 : a->line < b->line;
}

/* By suite, file and line. Files arrive mostly sorted from the linker, so insertion is cheap. */
static void sort_tests(void)
{
	for (const struct test **next = __start_tests; next < __stop_tests; next++) {
		const struct test *test = *next;
		const struct test **hole = next;

		for (; hole > __start_tests && comes_before(test, hole[-1]); hole--)
			*hole = hole[-1];
		*hole = test;
	}
}

static bool is_selected(const struct test *test, const char *globs)
{
	char name[sizeof(current.name)];

	format(name, sizeof(name), "%s.%s", test->suite, test->name);
	return string_glob(globs, name);
}

/* Sort the tests, those that the globs select before all others: [__start_tests, selected_end). */
static void select_tests(const char *globs)
{
	sort_tests();
	selected_end = __start_tests;
	for (const struct test **next = __start_tests; next < __stop_tests; next++) {
		const struct test *test = *next;
		const struct test **hole = next;

		if (!is_selected(test, globs))
			continue;
		for (; hole > selected_end; hole--)
			*hole = hole[-1];
		*hole = test;
		selected_end++;
	}
}

/* The end of the run of selected tests that share first's suite. */
static const struct test **suite_end(const struct test **first)
{
	const struct test **end = first;

	while (end < selected_end && !strcmp((*end)->suite, (*first)->suite))
		end++;
	return end;
}

/* The test's needs and its suite's are checked together: where several are not met, the platform picks the one to report. */
static enum verdict check_needs(const struct test *test, const struct test_suite *suite)
{
	struct test_needs needs = test->needs;

	if (suite) {
		needs.features |= suite->needs.features;
		needs.absent |= suite->needs.absent;
		needs.supported |= suite->needs.supported;
		needs.conditions |= suite->needs.conditions;
		needs.cpus = MAX(needs.cpus, suite->needs.cpus);
	}
	return arch_check_needs(&needs, &current.unmet);
}

static unsigned int budget_ms(const struct test *test)
{
	unsigned int usual = hangs < TEST_HANGS_SOME ? TEST_BUDGET_MS : TEST_BUDGET_SHORT_MS;

	return (test->budget_ms ? test->budget_ms : usual) * arch_time_factor();
}

static void run_body(const struct test *test)
{
	arch_run_rescuable(test->body, budget_ms(test));
	arch_restore();
	if (!current.checks && current.verdict == VERDICT_PASS) {
		current.verdict = VERDICT_ERROR;
		format(current.reason, sizeof(current.reason), "the test checked nothing");
	}
}

/* The lines that only a test with this verdict has, and the reason on its result line. */
static void conclude(const struct test_suite *suite)
{
	switch (current.verdict) {
	case VERDICT_PASS:
		if (*current.inert)
			ktap_note("inert: %s", current.inert);
		break;
	case VERDICT_SKIP:
		arch_explain_unmet(&current.unmet, current.reason, sizeof(current.reason));
		ktap_note("unmet: %s %s", unmet_words[current.unmet.kind], current.unmet.what);
		break;
	case VERDICT_ERROR:
		if (current.messages)
			format(current.reason, sizeof(current.reason), "see the messages above");
		break;
	case VERDICT_FAIL:
		if (suite && suite->contract)
			ktap_note("contract: %s", suite->contract);
		break;
	default:
		break;
	}
}

static enum verdict run_test(const struct test *test, const struct test_suite *suite, unsigned int number)
{
	enum verdict can_run;

	current = (__typeof__(current)){.test = test, .suite = suite};
	format(current.name, sizeof(current.name), "%s.%s", test->suite, test->name);
	ktap_note("start %s", current.name);

	can_run = check_needs(test, suite);
	if (can_run == VERDICT_PASS) {
		run_body(test);
	} else if (can_run == VERDICT_SKIP) {
		current.verdict = VERDICT_SKIP;
	} else {
		arch_explain_unmet(&current.unmet, current.reason, sizeof(current.reason));
		test_report(can_run, NULL, 0, "%s", current.reason);
	}
	conclude(suite);
	ktap_result(number, test->name, current.verdict, current.reason);
	current.name[0] = '\0';
	return current.verdict;
}

static enum verdict run_suite(const struct test **from, const struct test **to)
{
	const struct test_suite *suite = find_suite((*from)->suite);
	unsigned int number = 0, skipped = 0;
	enum verdict worst = VERDICT_PASS;

	ktap_subtest_begin((*from)->suite, (unsigned int)(to - from));
	if (suite && suite->needs.features)
		ktap_note("needs features=%#x", suite->needs.features);
	for (; from < to; from++) {
		enum verdict verdict = run_test(*from, suite, ++number);

		totals[verdict]++;
		skipped += verdict == VERDICT_SKIP;
		if (verdict != VERDICT_SKIP)
			worst = MAX(worst, verdict);
	}
	ktap_subtest_end();
	return skipped == number ? VERDICT_SKIP : worst;
}

void test_plan(const char *globs)
{
	unsigned int suites = 0;

	select_tests(globs);
	for (const struct test **from = __start_tests; from < selected_end; from = suite_end(from))
		suites++;
	ktap_begin(suites, suites ? NULL : "no test was selected");
	if (!suites)
		test_run_error("no test matches run=%s; the argument 'list' shows the names", globs);
}

bool test_run(void)
{
	unsigned int number = 0;

	for (const struct test **from = __start_tests, **to; from < selected_end; from = to) {
		enum verdict verdict;

		to = suite_end(from);
		verdict = run_suite(from, to);
		ktap_result(++number, (*from)->suite, verdict,
			    verdict == VERDICT_ERROR ? "a test ended with ERROR" : "every test was skipped");
	}
	ktap_note("totals pass=%u fail=%u error=%u skip=%u", totals[VERDICT_PASS], totals[VERDICT_FAIL],
		  totals[VERDICT_ERROR], totals[VERDICT_SKIP]);
	return !run_failed && !totals[VERDICT_FAIL] && !totals[VERDICT_ERROR];
}

void test_list(const char *globs)
{
	select_tests(globs);
	ktap_begin(0, "only the names were asked for");
	for (const struct test **test = __start_tests; test < selected_end; test++)
		ktap_note("test %s.%s", (*test)->suite, (*test)->name);
}
