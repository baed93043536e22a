/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's lines: lib/channel_lines.c, as the kernel writes and reads them, and runner/run/channel_line.c. */
#include "selftest/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/channel_lines.h"
#include "runner/run/channel_line.h"

static void requests_arrive_as_they_were_written(void **state)
{
	const uint64_t arguments[CHANNEL_ARGUMENTS_MAX] = {UINT64_MAX, 7};
	struct channel_request request;
	enum channel_status status;
	char line[CHANNEL_LINE_SIZE];
	const char *why;

	(void)state;
	for (unsigned int verb = 0; verb < CHANNEL_VERB_COUNT; verb++) {
		size_t length = channel_request(line, UINT64_MAX, (enum channel_verb)verb, arguments);

		assert_int_equal(length, strlen(line));
		assert_int_equal(line[length - 1], '\n');
		assert_true(channel_request_read(line, length - 1, &request, &status, &why));
		assert_true(request.number == UINT64_MAX);
		assert_int_equal(request.verb, verb);
	}
	assert_int_equal(channel_request(line, 2, CHANNEL_PAUSE, (const uint64_t[]){300}),
			 strlen("2 pause 300\n"));
	assert_string_equal(line, "2 pause 300\n");
}

/* What is no request, and its number and the answer's status. */
static void hostile_requests(void **state)
{
	static const struct {
		const char *line;
		uint64_t number;
		enum channel_status status;
	} rows[] = {
		{"", 0, CHANNEL_IS_BAD},
		{" ", 0, CHANNEL_IS_BAD},
		{"pause 3", 0, CHANNEL_IS_BAD},
		{"1", 0, CHANNEL_IS_BAD},
		{"-1 pause 3", 0, CHANNEL_IS_BAD},
		{"+1 pause 3", 0, CHANNEL_IS_BAD},
		{" 1 pause 3", 0, CHANNEL_IS_BAD},
		{"0x1 pause 3", 0, CHANNEL_IS_BAD},
		{"1\tpause 3", 0, CHANNEL_IS_BAD},
		{"18446744073709551616 time", 0, CHANNEL_IS_BAD},
		{"99999999999999999999999999999999 time", 0, CHANNEL_IS_BAD},
		{"1 ", 1, CHANNEL_IS_UNSUPPORTED},
		{"1  time", 1, CHANNEL_IS_UNSUPPORTED},
		{"1 tim", 1, CHANNEL_IS_UNSUPPORTED},
		{"1 timer", 1, CHANNEL_IS_UNSUPPORTED},
		{"1 Time", 1, CHANNEL_IS_UNSUPPORTED},
		{"18446744073709551615 sing", UINT64_MAX, CHANNEL_IS_UNSUPPORTED},
		{"1 time ", 1, CHANNEL_IS_BAD},
		{"1 time 1", 1, CHANNEL_IS_BAD},
		{"1 pause", 1, CHANNEL_IS_BAD},
		{"1 pause ", 1, CHANNEL_IS_BAD},
		{"1 pause 1 2", 1, CHANNEL_IS_BAD},
		{"1 pause  1", 1, CHANNEL_IS_BAD},
		{"1 pause 1s", 1, CHANNEL_IS_BAD},
		{"1 pause -1", 1, CHANNEL_IS_BAD},
		{"1 pause 18446744073709551616", 1, CHANNEL_IS_BAD},
		{"1 time\r", 1, CHANNEL_IS_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct channel_request request;
		enum channel_status status;
		const char *why = NULL;

		assert_false(
			channel_request_read(rows[i].line, strlen(rows[i].line), &request, &status, &why));
		assert_true(request.number == rows[i].number);
		assert_int_equal(status, rows[i].status);
		assert_non_null(why);
	}
}

static void lines_have_a_greatest_length(void **state)
{
	char line[CHANNEL_LINE_SIZE];
	struct channel_request request;
	enum channel_status status;
	const char *why;

	(void)state;
	snprintf(line, sizeof(line), "%0*d time", (int)(sizeof(line) - 1 - strlen(" time")), 1);
	assert_true(channel_request_read(line, sizeof(line) - 1, &request, &status, &why));
	assert_false(channel_request_read(line, sizeof(line), &request, &status, &why));
	assert_string_equal(why, "the line is too long");
}

static void answers(void **state)
{
	struct channel_answer answer;
	char word[8];
	u64 value = 5;

	(void)state;
	assert_true(channel_answer_read("7 ok stood-us=3 took-us=18446744073709551615", 7, &answer));
	assert_int_equal(answer.status, CHANNEL_IS_OK);
	assert_true(channel_answer_value(&answer, "stood-us", &value));
	assert_true(value == 3);
	assert_true(channel_answer_value(&answer, "took-us", &value));
	assert_true(value == UINT64_MAX);
	assert_false(channel_answer_value(&answer, "took", &value));
	assert_true(channel_answer_read("7 ok", 7, &answer));
	assert_string_equal(answer.rest, "");
	assert_false(channel_answer_value(&answer, "", &value));
	assert_true(channel_answer_read("7 failed no such thing", 7, &answer));
	assert_int_equal(answer.status, CHANNEL_IS_FAILED);
	assert_string_equal(answer.rest, "no such thing");
	assert_true(channel_answer_read("7 unsupported qemu>=6.0 or so", 7, &answer));
	assert_int_equal(answer.status, CHANNEL_IS_UNSUPPORTED);
	channel_answer_word(&answer, word, sizeof(word));
	assert_string_equal(word, "qemu>=6"); /* cut */
	assert_true(channel_answer_read("7 ok stood-us stood-us=1", 7, &answer));
	assert_false(channel_answer_value(&answer, "stood-us", &value));
	assert_true(channel_answer_read("7 ok stood-us=x", 7, &answer));
	assert_false(channel_answer_value(&answer, "stood-us", &value));
}

static void what_is_not_the_answer_is_dropped(void **state)
{
	static const char *const lines[] = {"",	    " ",     "ok",   "7",      "7 ",	"6 ok",
					    "8 ok", "77 ok", "x ok", "7 okay", "7  ok", " 7 ok"};
	struct channel_answer answer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_false(channel_answer_read(lines[i], 7, &answer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_arrive_as_they_were_written), cmocka_unit_test(hostile_requests),
		cmocka_unit_test(lines_have_a_greatest_length),		cmocka_unit_test(answers),
		cmocka_unit_test(what_is_not_the_answer_is_dropped),
	};

	return cmocka_run_group_tests_name("channel", tests, NULL, NULL);
}
