/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a rate that was counted may be from the true one. */
#ifndef RUNNER_SOAK_INTERVAL_H
#define RUNNER_SOAK_INTERVAL_H

/* Parts of 1. */
struct interval {
	double low, high;
};

/*
 * The 95 % confidence interval of a rate that was seen @hits times in @runs, by Wilson's score (E. B. Wilson, 1927):
 * of 0 hits and of @runs hits it still has one end that says something. @runs: 1 or more.
 */
struct interval interval_wilson(long long hits, long long runs);

#endif
