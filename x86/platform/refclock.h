/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A clock that is independent of the TSC and of kvmclock, to check them against: the ACPI PM timer, else the HPET,
 * else channel 2 of the PIT.
 */
#ifndef X86_PLATFORM_REFCLOCK_H
#define X86_PLATFORM_REFCLOCK_H

#include "lib/types.h"

/* One reading, between two of the TSC. */
struct refclock_sample {
	u64 tsc; /* the middle of the two */
	u64 tsc_slack; /* half their distance: the reading happened at tsc +- this */
	u64 count; /* widened to 64 bits; one sample every 50 ms at least keeps it exact with the PIT,
		      every 4 s with a 24-bit PM timer */
	unsigned int gaps; /* how often so far the counter may have wrapped around between two samples */
};

void refclock_init(void);

/* "pmtimer", "hpet", "pit", or NULL when the machine has none of them. */
const char *refclock_name(void);

/* Of a few readings, the one with the smallest tsc_slack. */
void refclock_read(struct refclock_sample *sample);

/*
 * The same, but read again, up to 100 times, until tsc_slack is no more than slack TSC cycles: a reading takes long where
 * the processor was taken from the vCPU in the middle of it.
 */
void refclock_read_closely(struct refclock_sample *sample, u64 slack);

/* False: between two samples so much time passed that the counter may have wrapped around, and refclock_ns() is wrong. */
bool refclock_kept_count(const struct refclock_sample *from, const struct refclock_sample *to);

/* Nanoseconds from one sample to a later one. */
u64 refclock_ns(const struct refclock_sample *from, const struct refclock_sample *to);

/* Nanoseconds of one tick, rounded up: the resolution. */
u64 refclock_tick_ns(void);

#endif
