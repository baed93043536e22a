/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/series_plan.h"

static size_t plan_every(const enum series_state *states, size_t count, size_t *next)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		if (states[i] == SERIES_NOT_RUN)
			next[used++] = i;
	return used;
}

/* The oldest and the newest of kernels @first to @last - 1 that can be had, as far as they have not run. */
static size_t plan_branch(const enum series_state *states, size_t first, size_t last, size_t *next)
{
	size_t used = 0;

	while (first < last && states[first] == SERIES_LEFT_OUT)
		first++;
	while (last > first && states[last - 1] == SERIES_LEFT_OUT)
		last--;
	if (first < last && states[first] == SERIES_NOT_RUN)
		next[used++] = first;
	if (first + 1 < last && states[last - 1] == SERIES_NOT_RUN)
		next[used++] = last - 1;
	return used;
}

static size_t plan_ends(const enum series_state *states, const unsigned int *branches, size_t count,
			size_t *next)
{
	size_t used = 0, first, last;

	for (first = 0; first < count; first = last) {
		for (last = first + 1; last < count && branches[last] == branches[first];)
			last++;
		used += plan_branch(states, first, last, &next[used]);
	}
	return used;
}

/* The one in the middle of those between @a and @b that have not run; @b if there is none. */
static size_t middle(const enum series_state *states, size_t a, size_t b)
{
	size_t candidates = 0, i = a;

	for (size_t j = a + 1; j < b; j++)
		candidates += states[j] == SERIES_NOT_RUN;
	if (!candidates)
		return b;
	for (size_t left = (candidates - 1) / 2 + 1; left; left -= states[i] == SERIES_NOT_RUN)
		i++;
	return i;
}

static size_t plan_halves(const enum series_state *states, size_t count, series_differ *differ, void *context,
			  size_t *next)
{
	size_t used = 0, a = 0, b, half;

	while (a < count && states[a] != SERIES_RAN)
		a++;
	for (; a < count; a = b) {
		for (b = a + 1; b < count && states[b] != SERIES_RAN;)
			b++;
		if (b == count)
			break;
		half = middle(states, a, b);
		if (half < b && differ(context, a, b))
			next[used++] = half;
	}
	return used;
}

size_t series_plan_next(const enum series_state *states, const unsigned int *branches, size_t count,
			bool every, series_differ *differ, void *context, size_t *next)
{
	size_t used = every ? plan_every(states, count, next) : plan_ends(states, branches, count, next);

	return used || every ? used : plan_halves(states, count, differ, context, next);
}
