/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * To be loaded before the C library (LD_PRELOAD): the real-time clock is $CLOCK_JUMP_DAYS off as soon as the file
 * $CLOCK_JUMP is there. The other clocks are as they are.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
	const char *file = getenv("CLOCK_JUMP"), *days = getenv("CLOCK_JUMP_DAYS");
	int result = (int)syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_REALTIME && file && days && !access(file, F_OK))
		now->tv_sec += 86400L * atol(days);
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec precise;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &precise);
	now->tv_sec = precise.tv_sec;
	now->tv_usec = precise.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *where)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (where)
		*where = now.tv_sec;
	return now.tv_sec;
}
