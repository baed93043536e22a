/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host-tsc-khz: the frequency of this machine's TSC, in kHz, measured. An emulated machine has the same TSC, but cannot
 * measure it where this one is busy. Exit status 77, and nothing printed: it has none that could be relied on.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "runner/common/exit_status.h"
#include "runner/common/options.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>

#define INVARIANT_TSC (1u << 8) /* in EDX of leaf 0x80000007 */

/* A look takes some 50 ns, so that this is good to some 10 ppm. */
#define APART_NS  50000000
#define NS_PER_MS 1000000
#define TRIES	  20

struct look {
	uint64_t tsc;
	int64_t ns;
};

/* The quickest of some: a delay between the two reads would count as elapsed time. */
static struct look look(void)
{
	struct look best = {0};
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		struct timespec now;
		uint64_t before = __rdtsc(), taken;

		/* Not slewed by NTP. */
		clock_gettime(CLOCK_MONOTONIC_RAW, &now);
		taken = __rdtsc() - before;
		if (taken >= shortest)
			continue;
		shortest = taken;
		best.tsc = before + taken / 2;
		best.ns = (int64_t)now.tv_sec * 1000 * NS_PER_MS + now.tv_nsec;
	}
	return best;
}

/* Returns the exit status. */
static int measure(void)
{
	const struct timespec apart = {.tv_nsec = APART_NS};
	unsigned int eax, ebx, ecx, edx = 0;
	struct look first, second;

	if (!__get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) || !(edx & INVARIANT_TSC))
		return STATUS_NOTHING_VALIDATED;
	first = look();
	nanosleep(&apart, NULL);
	second = look();
	printf("%.0f\n", (double)(second.tsc - first.tsc) * NS_PER_MS / (double)(second.ns - first.ns));
	return 0;
}
#else
static int measure(void)
{
	return STATUS_NOTHING_VALIDATED;
}
#endif

int main(int argc, char **argv)
{
	const struct option_row rows[] = {{0}};
	const struct program_options options = {
		.name = "host-tsc-khz",
		.arguments = "",
		.purpose =
			"Measures the frequency of this machine's TSC and prints it in kHz. An emulated machine has the same TSC, but\n"
			"cannot measure it where this one is busy.",
		.rows = rows,
		.notes = "Exit status: 0; 77, and nothing is printed, if the TSC is not invariant.\n",
		.no_words = true,
	};

	options_parse(&options, argc, argv);
	return measure();
}
