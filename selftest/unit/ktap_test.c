/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/ktap_writer.c: the exact text of every kind of line. */
#include "selftest/unit/unit.h"

#include <string.h>

#include "lib/ktap_writer.h"
#include "selftest/unit/console.h"

#define assert_written(want) assert_string_equal(console_text(), want)

static int clear(void **state)
{
	(void)state;
	console_clear();
	return 0;
}

static void whole_report(void **state)
{
	(void)state;
	ktap_begin(2, NULL);
	ktap_subtest_begin("alpha", 3);
	ktap_note("start %s.%s", "alpha", "one");
	ktap_result(1, "one", VERDICT_PASS, NULL);
	ktap_result(2, "two", VERDICT_FAIL, NULL);
	ktap_result(3, "three", VERDICT_SKIP, "no such feature");
	ktap_subtest_end();
	ktap_result(1, "alpha", VERDICT_FAIL, NULL);
	ktap_note("totals");
	assert_written("KTAP version 1\n"
		       "1..2\n"
		       "  KTAP version 1\n"
		       "  # Subtest: alpha\n"
		       "  1..3\n"
		       "  # start alpha.one\n"
		       "  ok 1 one\n"
		       "  not ok 2 two\n"
		       "  ok 3 three # SKIP no such feature\n"
		       "not ok 1 alpha\n"
		       "# totals\n");
	assert_int_equal(console_writes(), 11); /* each line at once */
}

static void nothing_to_run(void **state)
{
	(void)state;
	ktap_begin(0, "none was selected");
	assert_written("KTAP version 1\n1..0 # SKIP none was selected\n");
}

static void reasons(void **state)
{
	(void)state;
	ktap_result(1, "a", VERDICT_ERROR, "the set-up is wrong");
	ktap_result(2, "b", VERDICT_ERROR, NULL);
	ktap_result(3, "c", VERDICT_PASS, "left over");
	ktap_result(4, "d", VERDICT_FAIL, "left over");
	assert_written("not ok 1 a # ERROR the set-up is wrong\n"
		       "not ok 2 b # ERROR \n"
		       "ok 3 c\n"
		       "not ok 4 d\n");
}

/* A line stays one line of printable characters, whatever is formatted into it. */
static void control_characters(void **state)
{
	(void)state;
	ktap_note("%s", "a\nb\tc\rd\x1b[1m\x7f\x80\xff~ !");
	ktap_result(1, "x", VERDICT_SKIP, "two\nok 2 forged");
	assert_written("# a?b?c?d?[1m???~ !\n"
		       "ok 1 x # SKIP two?ok 2 forged\n");
}

static void long_lines_are_cut(void **state)
{
	char text[2 * KTAP_LINE_SIZE];

	(void)state;
	for (size_t length = KTAP_LINE_SIZE - 8; length < sizeof(text); length++) {
		memset(text, 'x', length);
		text[length] = '\0';
		console_clear();
		ktap_note("%s", text);
		assert_true(strlen(console_text()) <= KTAP_LINE_SIZE);
		assert_int_equal(strlen(console_text()), MIN(length + 3, (size_t)KTAP_LINE_SIZE));
		assert_int_equal(console_text()[strlen(console_text()) - 1], '\n');

		console_clear();
		ktap_subtest_begin("s", 1);
		console_clear();
		ktap_result(1, text, VERDICT_PASS, text);
		ktap_subtest_end();
		assert_true(strlen(console_text()) <= KTAP_LINE_SIZE);
		assert_int_equal(console_text()[strlen(console_text()) - 1], '\n');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(whole_report, clear),
		cmocka_unit_test_setup(nothing_to_run, clear),
		cmocka_unit_test_setup(reasons, clear),
		cmocka_unit_test_setup(control_characters, clear),
		cmocka_unit_test_setup(long_lines_are_cut, clear),
	};

	return cmocka_run_group_tests_name("ktap", tests, NULL, NULL);
}
