/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/pairwise.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"

struct search {
	size_t dimensions;
	unsigned int first[PAIRWISE_DIMENSIONS_MAX]; /* values of all dimensions in a row: where each begins */
	unsigned int values; /* of all dimensions */
	unsigned int *rows; /* all that are possible */
	size_t row_count;
	bool *missing; /* @values * @values: pairs that a possible row has, but no row of the result so far */
};

/* The next row in the order of counting. False: @row was the last. */
static bool next_row(unsigned int *row, const unsigned int *sizes, size_t dimensions)
{
	for (size_t d = dimensions; d-- > 0; row[d] = 0)
		if (++row[d] < sizes[d])
			return true;
	return false;
}

static void list_rows(struct search *s, const unsigned int *sizes, bool (*possible)(const unsigned int *row))
{
	unsigned int row[PAIRWISE_DIMENSIONS_MAX] = {0};
	size_t room = 1;

	for (size_t d = 0; d < s->dimensions; d++)
		room *= sizes[d];
	s->rows = alloc_bytes(room * s->dimensions * sizeof(*s->rows));
	do {
		if (possible && !possible(row))
			continue;
		memcpy(&s->rows[s->row_count * s->dimensions], row, s->dimensions * sizeof(*row));
		s->row_count++;
	} while (next_row(row, sizes, s->dimensions));
}

static bool *pair(struct search *s, const unsigned int *row, size_t a, size_t b)
{
	return &s->missing[(s->first[a] + row[a]) * s->values + s->first[b] + row[b]];
}

/* How many of the row's pairs are missing. */
static unsigned int count_missing(struct search *s, const unsigned int *row)
{
	unsigned int count = 0;

	for (size_t a = 0; a < s->dimensions; a++)
		for (size_t b = 0; b < a; b++)
			count += *pair(s, row, a, b);
	return count;
}

static void set_missing(struct search *s, const unsigned int *row, bool missing)
{
	for (size_t a = 0; a < s->dimensions; a++)
		for (size_t b = 0; b < a; b++)
			*pair(s, row, a, b) = missing;
}

/* The row with the most missing pairs, or NULL: none is missing. */
static const unsigned int *best_row(struct search *s)
{
	const unsigned int *best = NULL;
	unsigned int most = 0;

	for (size_t i = 0; i < s->row_count; i++) {
		const unsigned int *row = &s->rows[i * s->dimensions];
		unsigned int count = count_missing(s, row);

		if (count > most) {
			most = count;
			best = row;
		}
	}
	return best;
}

unsigned int *pairwise(const unsigned int *sizes, size_t dimensions,
		       bool (*possible)(const unsigned int *row), size_t *count)
{
	struct search s = {.dimensions = dimensions};
	const unsigned int *best;
	unsigned int *chosen;
	size_t size;

	for (size_t d = 0; d < dimensions; d++) {
		s.first[d] = s.values;
		s.values += sizes[d];
	}
	list_rows(&s, sizes, possible);
	size = s.values * (size_t)s.values * sizeof(*s.missing);
	s.missing = alloc_bytes(size);
	memset(s.missing, 0, size);
	for (size_t i = 0; i < s.row_count; i++)
		set_missing(&s, &s.rows[i * dimensions], true);

	chosen = alloc_bytes(s.row_count * dimensions * sizeof(*chosen));
	for (*count = 0; (best = best_row(&s)); ++*count) {
		memcpy(&chosen[*count * dimensions], best, dimensions * sizeof(*best));
		set_missing(&s, best, false);
	}
	free(s.missing);
	free(s.rows);
	return chosen;
}
