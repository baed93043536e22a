/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of a VM that stood check of its clocks: one that was paused, or one that was saved and restored. */
#ifndef X86_KVM_STOOD_CLOCKS_H
#define X86_KVM_STOOD_CLOCKS_H

#include "lib/types.h"
#include "x86/cpu/timer.h"
#include "x86/platform/channel.h"

/* The difference between the TSC's frequency as the guest measured it and as the host knows it, and between two readings. */
#define STOOD_SLACK_NS(ns) (2 * NS_PER_MS + (ns) / 100)
/* Before Linux 6.8 the host reads two clocks for the wall clock, and may be off its CPU in between. */
#define STOOD_WALL_SLACK_NS (50 * NS_PER_MS)

/* Register the calling vCPU's area of pvclock_areas.h without the flag. Work for smp_call(). */
void stood_register(void *unused);

/* PVCLOCK_GUEST_STOPPED in the area of one vCPU, and a check of those of the few. */
u8 stood_flag(unsigned int cpu);
void stood_expect_flags(u8 want);

/* kvmclock, in ns, and the TSC in ns at exactly that time. */
u64 stood_read_both(u64 *tsc_ns);

/* The start that the wall clock names, in ns, as the host computes it now. */
u64 stood_start_ns(void);

/* The sum of wall clock and kvmclock is the host's CLOCK_REALTIME, which the runner tells. */
void stood_expect_hosts_time(void);

/* PVCLOCK_TSC_STABLE_BIT is in the areas of a few vCPUs, or soon will be. */
void stood_expect_stable(void);

/* What went by in kvmclock, and by the host's clock, whose readings lie between those of the one and of the other. */
struct stood_passed {
	u64 inner_ns, outer_ns, host_ns;
	u64 apart_ns; /* how far the clocks of two hosts may be apart; 0: there is one host */
	struct channel_save save;
};

/* kvmclock stood while the VM did, or went on by the host's time, and nothing in between. @how: "saved and restored". */
void stood_expect_passed(const struct stood_passed *p, const char *how);

/* This vCPU's kvmclock has the rate of its TSC, and the frequency, in kHz, that it had before. */
void stood_expect_rate(u64 before_khz);

/*
 * KVM takes TSCs that are set within a second of each other for those of one clock, and makes them equal. A QEMU that is off its
 * CPU for so long in between leaves them a second apart, and the VM without a master clock from then on: the test is skipped.
 */
void stood_require_equal_tscs(void);

/* Have vCPU 1 read the time in a loop, until stood_end_reader(), which checks that it never went back. */
void stood_start_reader(void);
void stood_end_reader(void);

#endif
