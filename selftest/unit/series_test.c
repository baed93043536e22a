/* SPDX-License-Identifier: BSD-2-Clause */
/* Versions of kernels, ranges of them, and which kernels of a series run next. */
#include "selftest/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "runner/batch/series_plan.h"
#include "runner/common/kernel_version.h"

#define KERNELS 33

static struct kernel_version version(const char *text)
{
	struct kernel_version v;

	assert_true(kernel_version_parse(&v, text));
	return v;
}

static void versions_are_read(void **state)
{
	static const char *const bad[] = {"",	       "6.",	  ".6",	  "6..1",    "v6.1",
					  "6.1-rc",    "6.1-rc0", "6.1-", "6.1 ",    "6.1-rc2x",
					  "1.2.3.4.5", "1234567", "-rc1", "6.1.-rc1"};
	struct kernel_version v = version("6.18.5");

	(void)state;
	assert_int_equal(v.count, 3);
	assert_int_equal(v.parts[1], 18);
	assert_int_equal(version("7.3-rc2").candidate, 2);
	assert_int_equal(version("7.3-rc2").count, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(kernel_version_parse(&v, bad[i]));
}

/* Each is older than the next one. */
static void versions_have_an_order(void **state)
{
	static const char *const order[] = {"5.10.223", "6.1",	   "6.1.9",    "6.1.10", "6.12.9", "6.12.43",
					    "6.16.3",	"7.3-rc2", "7.3-rc10", "7.3",	 "7.3.1"};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		for (size_t j = 0; j < sizeof(order) / sizeof(order[0]); j++) {
			struct kernel_version a = version(order[i]), b = version(order[j]);
			int got = kernel_version_compare(&a, &b);

			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
}

static bool has(const char *range_text, const char *text)
{
	struct kernel_version v = version(text);
	struct kernel_range range;

	assert_null(kernel_range_parse(&range, range_text));
	return kernel_range_has(&range, &v);
}

static void ranges_have_their_ends(void **state)
{
	(void)state;
	assert_true(has("6.12..7.3", "6.12.1"));
	assert_true(has("6.12..7.3", "6.12-rc1"));
	assert_true(has("6.12..7.3", "6.16.3"));
	assert_true(has("6.12..7.3", "7.3.99"));
	assert_true(has("6.12..7.3", "7.3-rc2"));
	assert_false(has("6.12..7.3", "6.11.99"));
	assert_false(has("6.12..7.3", "7.30"));
	assert_false(has("6.1..6.1", "6.12"));
	assert_false(has("6.12.43..6.12.69", "6.12.42"));
	assert_false(has("6.12.43..6.12.69", "6.12.70"));
	assert_false(has("7.3-rc2..7.3", "7.3-rc1"));
	assert_true(has("7.3-rc2..7.3", "7.3.1"));
	assert_false(has("7.2..7.3-rc2", "7.3"));
	assert_true(has("6.12.43..6.12", "6.12.99"));
	assert_false(has("6.12.43..6.12", "6.12.42"));
}

static void ranges_that_make_no_sense(void **state)
{
	static const char *const bad[] = {"",		"..",	     "6.12",	       "6.12..", "..7.3",
					  "6.12...7.3", "7.3..6.12", "6.12.5..6.12.4", "a..b"};
	struct kernel_range range;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *why = kernel_range_parse(&range, bad[i]);

		assert_non_null(why);
		free(why);
	}
}

/* What kernels do: two differ if their letters do. */
struct fake {
	const char *letters;
	unsigned int branches[KERNELS];
	enum series_state states[KERNELS];
	size_t ran; /* how many */
};

static bool differ(void *context, size_t a, size_t b)
{
	const struct fake *fake = context;

	assert_true(a < b);
	assert_int_equal(fake->states[a], SERIES_RAN);
	assert_int_equal(fake->states[b], SERIES_RAN);
	return fake->letters[a] != fake->letters[b];
}

/* To the end. '-' is a kernel that cannot be had. Returns how many had to run. */
static size_t run(struct fake *fake, const char *letters, bool every)
{
	size_t count = strlen(letters), next[KERNELS], found;

	*fake = (struct fake){.letters = letters};
	while ((found = series_plan_next(fake->states, fake->branches, count, every, differ, fake, next))) {
		assert_in_range(found, 1, count);
		for (size_t i = 0; i < found; i++) {
			assert_in_range(next[i], 0, count - 1);
			assert_int_equal(fake->states[next[i]], SERIES_NOT_RUN);
			fake->states[next[i]] = letters[next[i]] == '-' ? SERIES_LEFT_OUT : SERIES_RAN;
			fake->ran += letters[next[i]] != '-';
		}
	}
	return fake->ran;
}

static void expect_neighbours(const char *letters, size_t most)
{
	struct fake fake;

	assert_in_range(run(&fake, letters, false), 1, most);
	/* Where two that ran differ, nothing that could be had is between them. */
	for (size_t a = 0, b; letters[a]; a = b) {
		for (b = a + 1; letters[b] && fake.states[b] != SERIES_RAN; b++)
			;
		if (fake.states[a] != SERIES_RAN || !letters[b] || letters[a] == letters[b])
			continue;
		for (size_t between = a + 1; between < b; between++)
			assert_int_equal(fake.states[between], SERIES_LEFT_OUT);
	}
}

static void halves_are_taken_where_ends_differ(void **state)
{
	struct fake fake;

	(void)state;
	assert_int_equal(run(&fake, "aaaaaaaaaaaaaaaa", false), 2);
	assert_int_equal(run(&fake, "a", false), 1);
	assert_int_equal(run(&fake, "ab", false), 2);
	assert_int_equal(run(&fake, "", false), 0);
	assert_int_equal(run(&fake, "abbbbbb", true), 7);
	assert_int_equal(run(&fake, "--ab-", true), 2);
	assert_int_equal(run(&fake, "-----", false), 0);
	/* The ends, and one for each halving. */
	for (size_t change = 1; change < KERNELS - 1; change++) {
		char letters[KERNELS] = {0};

		memset(letters, 'a', change);
		memset(letters + change, 'b', sizeof(letters) - 1 - change);
		expect_neighbours(letters, 2 + 5);
	}
	expect_neighbours("aaaabbbbbbbbcccccccccccccccccddd", 20);
	expect_neighbours("abcdefgh", 8);
}

/* A defect that one series has and its neighbours do not. */
static void each_stable_series_has_its_ends(void **state)
{
	static const char letters[] = "aaaaabbbbbaaaaaa";
	struct fake fake = {.letters = letters};
	size_t next[KERNELS];

	(void)state;
	for (size_t i = 0; letters[i]; i++)
		fake.branches[i] = (unsigned int)i / 5;
	assert_int_equal(series_plan_next(fake.states, fake.branches, strlen(letters), false, differ, &fake,
					  next),
			 7);
	for (size_t i = 0; i < 7; i++)
		fake.states[next[i]] = SERIES_RAN;
	assert_int_equal(fake.states[4], SERIES_RAN);
	assert_int_equal(fake.states[5], SERIES_RAN);
	assert_int_equal(series_plan_next(fake.states, fake.branches, strlen(letters), false, differ, &fake,
					  next),
			 0);
	assert_int_equal(fake.states[7], SERIES_NOT_RUN);
}

static void gaps_are_no_obstacle(void **state)
{
	(void)state;
	expect_neighbours("--aaaa--bbbb--", 6);
	expect_neighbours("aaa------bbb", 8);
	expect_neighbours("a--------b", 2);
	expect_neighbours("--------b", 1);
	expect_neighbours("-a-b-a-b-", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_read),
		cmocka_unit_test(versions_have_an_order),
		cmocka_unit_test(ranges_have_their_ends),
		cmocka_unit_test(ranges_that_make_no_sense),
		cmocka_unit_test(halves_are_taken_where_ends_differ),
		cmocka_unit_test(each_stable_series_has_its_ends),
		cmocka_unit_test(gaps_are_no_obstacle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
