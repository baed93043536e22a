/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which kernels of a series run next. Unless each is to run, it is first the two ends of each stable series (6.12.x, 6.16.x),
 * as 6.12.117 may have what 6.16.3 lacks; and then, again and again, one in the middle of those between two neighbours whose
 * results differ.
 */
#ifndef RUNNER_BATCH_SERIES_PLAN_H
#define RUNNER_BATCH_SERIES_PLAN_H

#include <stdbool.h>
#include <stddef.h>

enum series_state {
	SERIES_NOT_RUN,
	SERIES_RAN, /* and there are results */
	SERIES_LEFT_OUT, /* it cannot be had, or says nothing: the others go on without it */
};

/* Whether the results of kernels @a and @b, which both ran, differ. */
typedef bool series_differ(void *context, size_t a, size_t b);

/*
 * @branches: by index of the kernels, which stable series each belongs to: any number, the same for neighbours of the same
 * series. Fills @next, which has room for @count, with the indices of kernels that run now, all of which are SERIES_NOT_RUN.
 * Returns how many they are; 0: the series is complete. @states: oldest kernel first.
 */
size_t series_plan_next(const enum series_state *states, const unsigned int *branches, size_t count,
			bool every, series_differ *differ, void *context, size_t *next);

#endif
