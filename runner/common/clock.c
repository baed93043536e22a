/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/clock.h"

#include <time.h>

int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t now_ms(void)
{
	return now_us() / 1000;
}

int64_t after_ms(int64_t ms)
{
	return now_ms() + ms + 1;
}
