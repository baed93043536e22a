/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/string.c and x86/cpu/memory.c. */
#include "selftest/unit/unit.h"

#include <string.h>

#include "lib/string.h"

size_t lib_strlen(const char *text);
int lib_strcmp(const char *a, const char *b);
void *lib_memcpy(void *to, const void *from, size_t length);
void *lib_memmove(void *to, const void *from, size_t length);
void *lib_memset(void *to, int byte, size_t length);
int lib_memcmp(const void *a, const void *b, size_t length);

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void lengths_and_comparisons(void **state)
{
	static const char *const texts[] = {"",	   "a",	   "b",	   "ab",   "abc",
					    "abd", "\x7f", "\x80", "\xff", "a\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(lib_strlen(texts[i]), strlen(texts[i]));
		for (size_t j = 0; j < ARRAY_SIZE(texts); j++)
			assert_int_equal(sign(lib_strcmp(texts[i], texts[j])),
					 sign(strcmp(texts[i], texts[j])));
	}
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		u64 value;
	} good[] = {
		{"0", 0},
		{"7", 7},
		{"007", 7},
		{"1234567890", 1234567890},
		{"18446744073709551615", UINT64_MAX},
		{"0x0", 0},
		{"0xabcDEF09", 0xabcdef09},
		{"0xffffffffffffffff", UINT64_MAX},
		{"0x0000000000000000001", 1},
	};
	static const char *const bad[] = {"",
					  " ",
					  "-1",
					  "+1",
					  "1 ",
					  " 1",
					  "0x",
					  "0xg",
					  "12a",
					  "1.0",
					  "0X10",
					  "a",
					  "0x-1",
					  "x",
					  "18446744073709551616",
					  "99999999999999999999",
					  "0x10000000000000000"};
	u64 value = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(string_to_u64(good[i].text, &value));
		assert_int_equal(value, good[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(string_to_u64(bad[i], &value));
}

static void globs(void **state)
{
	static const struct {
		const char *patterns, *name;
		bool matches;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"a", "", false},
		{"a", "a", true},
		{"a", "ab", false},
		{"ab", "a", false},
		{"*", "", true},
		{"*", "anything.at_all", true},
		{"**", "x", true},
		{"?", "x", true},
		{"?", "", false},
		{"?", "xy", false},
		{"a*c", "ac", true},
		{"a*c", "abc", true},
		{"a*c", "abcc", true},
		{"a*c", "abcd", false},
		{"*.b", "a.b", true},
		{"*ab", "aab", true},
		{"*a*b", "aaaaaaaab", true},
		{"*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
		{"*a?c*", "xxabcxx", true},
		{"msr.*", "msr.read_back", true},
		{"msr.*", "pv_msr.read_back", false},
		{"a,b", "a", true},
		{"a,b", "b", true},
		{"a,b", "c", false},
		{"a,b", "a,b", false},
		{"*,b", "x", true},
		{"x*,b", "b", true},
		{"x*,?", "yy", false},
		{"a,", "b", false},
		{",a", "a", true},
		{"?", ",", true}, /* no name has one; it must not end the walk */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (string_glob(cases[i].patterns, cases[i].name) != cases[i].matches)
			fail_msg("\"%s\" and \"%s\"", cases[i].patterns, cases[i].name);
}

static void memory(void **state)
{
	enum { SIZE = 40 };
	char got[SIZE], want[SIZE], start[SIZE];

	(void)state;
	for (int i = 0; i < SIZE; i++)
		start[i] = (char)i;
	for (size_t to = 0; to < 10; to++)
		for (size_t from = 0; from < 10; from++)
			for (size_t length = 0; length <= SIZE - 10; length++) {
				memcpy(got, start, SIZE);
				memcpy(want, start, SIZE);
				memmove(want + to, want + from, length);
				assert_ptr_equal(lib_memmove(got + to, got + from, length), got + to);
				assert_memory_equal(got, want, SIZE);
				assert_int_equal(sign(lib_memcmp(start + to, start + from, length)),
						 sign(memcmp(start + to, start + from, length)));

				memcpy(want, start, SIZE);
				memset(want + to, 0xa5, length);
				memcpy(got, start, SIZE);
				assert_ptr_equal(lib_memset(got + to, 0x1a5, length), got + to);
				assert_memory_equal(got, want, SIZE);

				memcpy(want + to, start + from, length);
				assert_ptr_equal(lib_memcpy(got + to, start + from, length), got + to);
				assert_memory_equal(got, want, SIZE);
			}
	assert_true(lib_memcmp("\xff", "\x01", 1) > 0); /* as unsigned bytes */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_and_comparisons),
		cmocka_unit_test(numbers),
		cmocka_unit_test(globs),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
