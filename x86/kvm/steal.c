/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/steal.h"

#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/platform/port80.h"

/* A gap is longer than a few exits on this host, if that is within these: 5 us on hardware, 200 us in a nested VM. */
#define GAP_MIN_NS 100000
#define GAP_MAX_NS NS_PER_MS
#define GAP_EXITS  4

/* Half a dozen exits, of which the host may interrupt some. */
static u64 measure_gap_ns(void)
{
	u64 shortest = GAP_MAX_NS;

	for (int i = 0; i < 6; i++) {
		u64 start = timer_ns();

		exit_to_userspace();
		shortest = MIN(shortest, timer_ns() - start);
	}
	return MIN(MAX(GAP_EXITS * shortest, (u64)GAP_MIN_NS), GAP_MAX_NS);
}

static void add_gap(struct steal_spin *spin, u64 tsc, u64 gap_ns)
{
	u64 ns = timer_tsc_to_ns(tsc);

	if (ns >= gap_ns)
		spin->gaps_ns += ns;
}

static bool ran_enough(const struct steal_spin *spin, const struct steal_spin *other, u64 ns)
{
	return !other || READ_ONCE(spin->ran_ns) + READ_ONCE(other->ran_ns) >= ns / 2;
}

void steal_spin(const struct kvm_steal_time *area, u64 ns, struct steal_spin *spin,
		const struct steal_spin *other)
{
	u64 gap_ns = measure_gap_ns(), before, now, last, end, last_end, ran = 0;
	bool met = false;

	*spin = (struct steal_spin){0};
	exit_to_userspace();
	before = READ_ONCE(area->steal);
	WRITE_ONCE(spin->spinning, true);
	last = rdtsc();
	end = last + timer_ns_to_tsc(ns);
	last_end = last + timer_ns_to_tsc(STEAL_SPIN_MAX * ns);
	do {
		now = rdtsc();
		/* The step is over already: it counts if the other one spun before it, and still does. */
		if (met && READ_ONCE(other->spinning) && timer_tsc_to_ns(now - last) < gap_ns) {
			ran += now - last;
			WRITE_ONCE(spin->ran_ns, timer_tsc_to_ns(ran));
		}
		add_gap(spin, now - last, gap_ns);
		last = now;
		met = other && READ_ONCE(other->spinning);
	} while (now < end || (now < last_end && !ran_enough(spin, other, ns)));
	WRITE_ONCE(spin->spinning, false);
	exit_to_userspace();
	add_gap(spin, rdtsc() - last, gap_ns);
	spin->stolen_ns = READ_ONCE(area->steal) - before;
}

void steal_sort(u64 *values, unsigned int count)
{
	for (unsigned int i = 1; i < count; i++)
		for (unsigned int j = i; j && values[j] < values[j - 1]; j--) {
			u64 smaller = values[j];

			values[j] = values[j - 1];
			values[j - 1] = smaller;
		}
}
