/* SPDX-License-Identifier: BSD-2-Clause */
/* Few rows in which any two choices meet. */
#ifndef RUNNER_BATCH_PAIRWISE_H
#define RUNNER_BATCH_PAIRWISE_H

#include <stdbool.h>
#include <stddef.h>

#define PAIRWISE_DIMENSIONS_MAX 8

/*
 * Rows of one value for each of @dimensions (2 to PAIRWISE_DIMENSIONS_MAX), where dimension D has the values 0 to
 * @sizes[D] - 1 (@sizes[D]: 1 or more). Any two values that meet in a possible row meet in one of these, and all of
 * these are possible. @possible: is this a row that can be? NULL: all are. Each row is the first, in the order of
 * counting up from the last dimension, of those with the most pairs that no row before it has.
 *
 * Returns the rows one after the other, which the caller frees, and sets *@count to their number.
 */
unsigned int *pairwise(const unsigned int *sizes, size_t dimensions,
		       bool (*possible)(const unsigned int *row), size_t *count);

#endif
