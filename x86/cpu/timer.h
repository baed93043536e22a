/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest time (the calibrated TSC), waiting, and the watchdogs: all users of the local APIC's timer. */
#ifndef X86_CPU_TIMER_H
#define X86_CPU_TIMER_H

#include "lib/types.h"

#define NS_PER_MS 1000000ull

/* Find the frequency of the TSC, on the boot processor: measured by the reference clock, else as CPUID or kvmclock say. */
void timer_init(void);

/* Set up this processor's timer interrupt. */
void timer_cpu_init(void);

u64 timer_tsc_khz(void);

/* Where it is from: refclock_name(), "cpuid", "kvmclock", or "guess", which is 2 GHz. */
const char *timer_tsc_source(void);

/* Nanoseconds of guest time on this processor's TSC. */
u64 timer_ns(void);

u64 timer_ns_to_tsc(u64 ns);
u64 timer_tsc_to_ns(u64 tsc);

/* Halt, with interrupts on, for at least ns. Other interrupts are taken meanwhile. */
void timer_sleep(u64 ns);

/* The same, and returns how many HLTs it took. */
unsigned int timer_sleep_counted(u64 ns);

/* Spin, with interrupts as they are, for at least ns. */
void timer_spin(u64 ns);

/*
 * Spin until the condition holds. Returns false if it did not hold within ms. The condition is evaluated once more
 * after the time is over, in case the vCPU was off its CPU meanwhile.
 */
#define timer_wait_until(condition, ms)                       \
	({                                                    \
		u64 wait_end = timer_ns() + NS_PER_MS * (ms); \
		bool wait_over = false;                       \
		while (!(condition) && !wait_over) {          \
			pause();                              \
			wait_over = timer_ns() > wait_end;    \
		}                                             \
		!wait_over || (condition);                    \
	})

/*
 * The watchdog of the test that runs on this processor: after ms the test is ended and reported, by this timer if
 * interrupts are on, else by an NMI: from another processor, or from the PIT if there is no other.
 * timer_watchdog_stop() returns false if the watchdog has ended the test.
 */
void timer_watchdog_start(unsigned int ms);
bool timer_watchdog_stop(void);

/*
 * The test waits for what has a limit of its own, and the time does not count: hold returns what was left of the budget, for
 * resume.
 */
u64 timer_watchdog_hold(void);
void timer_watchdog_resume(u64 left);

/* The idle loop of the processor that watches the boot processor calls this before it halts. */
void timer_watch_boot_cpu(void);

#endif
