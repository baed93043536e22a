/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/interval.h"

#include <math.h>

/* The normal distribution has 95 % of itself within so many standard deviations. */
#define DEVIATIONS 1.959963984540054

struct interval interval_wilson(long long hits, long long runs)
{
	double n = (double)runs, rate = (double)hits / n, z2 = DEVIATIONS * DEVIATIONS;
	double middle = (rate + z2 / (2 * n)) / (1 + z2 / n);
	double half = DEVIATIONS / (1 + z2 / n) * sqrt(rate * (1 - rate) / n + z2 / (4 * n * n));

	/* At the ends exactly, where rounding could leave it a little beyond them. */
	return (struct interval){
		.low = hits <= 0 ? 0 : middle - half,
		.high = hits >= runs ? 1 : middle + half,
	};
}
