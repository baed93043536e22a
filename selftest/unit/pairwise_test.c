/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/batch/pairwise.c: every pair that can be is there, no row is there that cannot be, and rows are few. */
#include "selftest/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "runner/batch/pairwise.h"

#define VALUES_MAX 5

typedef bool pairs_t[PAIRWISE_DIMENSIONS_MAX][VALUES_MAX][PAIRWISE_DIMENSIONS_MAX][VALUES_MAX];

static void note_pairs(pairs_t pairs, const unsigned int *row, size_t dimensions)
{
	for (size_t a = 0; a < dimensions; a++)
		for (size_t b = 0; b < dimensions; b++)
			pairs[a][row[a]][b][row[b]] = true;
}

/* Row @number of the full product, in any order. False: there are not so many. */
static bool nth_row(unsigned int *row, const unsigned int *sizes, size_t dimensions, unsigned int number)
{
	for (size_t d = 0; d < dimensions; d++) {
		row[d] = number % sizes[d];
		number /= sizes[d];
	}
	return !number;
}

static void expect_cover(const unsigned int *sizes, size_t dimensions,
			 bool (*possible)(const unsigned int *row), size_t rows_max)
{
	pairs_t wanted = {0}, got = {0};
	unsigned int row[PAIRWISE_DIMENSIONS_MAX];
	size_t count;
	unsigned int *rows = pairwise(sizes, dimensions, possible, &count);

	for (unsigned int i = 0; nth_row(row, sizes, dimensions, i); i++)
		if (!possible || possible(row))
			note_pairs(wanted, row, dimensions);
	for (size_t i = 0; i < count; i++) {
		for (size_t d = 0; d < dimensions; d++)
			assert_true(rows[i * dimensions + d] < sizes[d]);
		assert_true(!possible || possible(&rows[i * dimensions]));
		note_pairs(got, &rows[i * dimensions], dimensions);
	}
	assert_memory_equal(wanted, got, sizeof(wanted));
	assert_in_range(count, 0, rows_max);
	free(rows);
}

static bool not_one_one(const unsigned int *row)
{
	return row[0] != 1 || row[1] != 1;
}

/* As in the matrix: the first dimension's last value goes with the second one's first only. */
static bool last_with_first(const unsigned int *row)
{
	return row[0] != 2 || row[1] == 0;
}

static bool never(const unsigned int *row)
{
	(void)row;
	return false;
}

static void test_cover(void **state)
{
	(void)state;
	expect_cover((const unsigned int[]){2, 2, 3}, 3, NULL, 6);
	expect_cover((const unsigned int[]){2, 2}, 2, not_one_one, 3);
	expect_cover((const unsigned int[]){3, 3, 3, 2}, 4, last_with_first, 12);
	expect_cover((const unsigned int[]){2, 3, 3, 2}, 4, NULL, 9);
	expect_cover((const unsigned int[]){1, 1}, 2, NULL, 1);
	expect_cover((const unsigned int[]){5, 5, 5, 5}, 4, NULL, 40);
	expect_cover((const unsigned int[]){2, 2, 2, 2, 2, 2, 2, 2}, 8, NULL, 10);
	expect_cover((const unsigned int[]){2, 2}, 2, never, 0);
}

/* Names of configurations follow from the order: it may not change from run to run, or from version to version. */
static void test_order(void **state)
{
	static const unsigned int expected[][3] = {{0, 0, 0}, {0, 1, 1}, {1, 0, 1}, {1, 1, 0}};
	size_t count;
	unsigned int *rows = pairwise((const unsigned int[]){2, 2, 2}, 3, NULL, &count);

	(void)state;
	assert_int_equal(count, 4);
	assert_memory_equal(rows, expected, sizeof(expected));
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cover),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
