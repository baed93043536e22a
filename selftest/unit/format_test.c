/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/format.c against libc's snprintf(). */
#include "selftest/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/format.h"

/* Both with the same arguments; also into every smaller buffer. */
#define SAME(...)                                                                      \
	do {                                                                           \
		char want[200], got[200];                                              \
		int want_length = snprintf(want, sizeof(want), __VA_ARGS__);           \
		for (size_t size = 0; size <= (size_t)want_length + 2; size++) {       \
			memset(got, '#', sizeof(got));                                 \
			assert_int_equal(format(got, size, __VA_ARGS__), want_length); \
			assert_int_equal(got[size], '#');                              \
			if (!size)                                                     \
				continue;                                              \
			snprintf(want, size, __VA_ARGS__);                             \
			assert_string_equal(got, want);                                \
		}                                                                      \
	} while (0)

static const char *const widths[] = {"", "1", "3", "10", "25"};

static void integers(void **state)
{
	static const char *const flags[] = {"", "-", "0"};
	static const int values[] = {0, 1, -1, 9, 10, -10, 42, 4711, INT_MAX, INT_MIN};
	char fmt[20];

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
				snprintf(fmt, sizeof(fmt), "<%%%s%sd>", flags[f], widths[w]);
				SAME(fmt, values[v]);
			}
}

static void unsigned_integers(void **state)
{
	static const char *const flags[] = {"", "-", "0", "#", "#0", "-#"};
	static const unsigned int values[] = {0, 1, 9, 10, 15, 16, 0xdeadbeef, INT_MAX, UINT_MAX};
	char fmt[20];

	(void)state;
	for (size_t f = 0; f < ARRAY_SIZE(flags); f++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
				snprintf(fmt, sizeof(fmt), "<%%%s%sx>", flags[f], widths[w]);
				SAME(fmt, values[v]);
				if (strchr(flags[f], '#')) /* means nothing to %u */
					continue;
				snprintf(fmt, sizeof(fmt), "<%%%s%su>", flags[f], widths[w]);
				SAME(fmt, values[v]);
			}
}

static void long_integers(void **state)
{
	(void)state;
	SAME("%ld %ld %ld %ld", 0L, -1L, LONG_MAX, LONG_MIN);
	SAME("%lld %25lld %-25lld| %025lld", LLONG_MIN, LLONG_MIN, LLONG_MIN, LLONG_MIN);
	SAME("%lu %lx %#lx %#018lx", ULONG_MAX, ULONG_MAX, ULONG_MAX, 0xabcUL);
	SAME("%llu %llx", ULLONG_MAX, ULLONG_MAX);
	SAME("%zu %zd %zx", SIZE_MAX, (ssize_t)-5, (size_t)0xfff);
	SAME("%d %ld %d %lx %d", 1, 2L, 3, 4UL, 5);
}

static void strings(void **state)
{
	(void)state;
	SAME("%s", "");
	SAME("<%s>", "text");
	SAME("<%10s> <%-10s> <%2s>", "text", "text", "text");
	SAME("<%.0s> <%.2s> <%.10s> <%8.3s> <%-8.3s>", "text", "text", "text", "text", "text");
	SAME("%s%s%s", "a", "", "b");
	/* The precision bounds what is read: there need be no NUL. */
	SAME("%.3s", (const char[3]){'a', 'b', 'c'});
}

static void characters(void **state)
{
	(void)state;
	SAME("%c%c <%3c> <%-3c>", 'a', '%', 'b', 'c');
	SAME("%c", '\xff');
}

static void percent_signs(void **state)
{
	(void)state;
	SAME("100%%");
	SAME("%%%d%%", 5);
	SAME("%s", "%d %s %n");
}

/* Where libc's words differ from one to the other. */
static void pointers(void **state)
{
	char got[40];

	(void)state;
	format(got, sizeof(got), "%p %p %s", (void *)0x123abc, (void *)NULL, (const char *)NULL);
	assert_string_equal(got, "0x123abc 0x0 (null)");
}

/* The compiler's check refuses these; at run time they must do no harm all the same. */
static void broken_formats(void **state)
{
	static const char *const broken[] = {"abc%", "abc%-", "abc%08", "abc%.", "abc%l"};
	char got[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		assert_int_equal(format(got, sizeof(got), broken[i], 0), 3);
		assert_string_equal(got, "abc");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),	 cmocka_unit_test(unsigned_integers),
		cmocka_unit_test(long_integers), cmocka_unit_test(strings),
		cmocka_unit_test(characters),	 cmocka_unit_test(percent_signs),
		cmocka_unit_test(pointers),	 cmocka_unit_test(broken_formats),
	};

	return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
