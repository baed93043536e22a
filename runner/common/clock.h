/* SPDX-License-Identifier: BSD-2-Clause */
/* Time for limits and durations. */
#ifndef RUNNER_COMMON_CLOCK_H
#define RUNNER_COMMON_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC in milliseconds, and in microseconds: it does not jump when the clock is set. */
int64_t now_ms(void);
int64_t now_us(void);
/* What now_ms(), which leaves out a part of a millisecond, is when no less than @ms have passed. */
int64_t after_ms(int64_t ms);

#endif
