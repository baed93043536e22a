/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many pairs of KVM_HC_CLOCK_PAIRING, one after the other: they lie on one line.
 *
 * Contract: as in tests/clock_pairing.c. Each pair is one reading of the host's time, with its TSC value.
 * Source:   arch/x86/kvm/x86.c, do_realtime(): it copies the values of which the host's time is made while a tick of the host may
 *           change them, and has to begin anew then (pvclock_gtod_data.seq); and it splits the sum into seconds and nanoseconds.
 * How:      from a first pair to a last one the host's time advances as the TSC does, unless it was set meanwhile. Then it has to
 *           do so up to each pair in between, too.
 * Needs:    KVM, hypercalls; a host whose clocksource is the TSC.
 * Cannot show: an error that no pair met. Each has a chance at each tick of the host.
 */
#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/told.h"

#define NS_PER_SEC   1000000000ll
#define WATCH_NS     (50 * NS_PER_MS)
#define WATCHES_LONG 10 /* with long-tests=on */
#define TRIES	     5
/* The vCPU may wake up late. A tick of the host takes 10 ms at most. */
#define BEFORE_TURN_NS (100 * NS_PER_MS)
#define AFTER_TURN_NS  (20 * NS_PER_MS)
#define TURNS	       4
#define ROUNDING_NS    10000

/* A pair of which one half is older is off by as much as there is between two of the host's ticks: 1 ms or more. */
struct pair {
	s64 host_ns;
	u64 tsc;
};

static struct kvm_clock_pairing pairing;

static struct pair take(void)
{
	ASSERT_EQ(hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0), 0);
	EXPECT_GE(pairing.nsec, 0);
	EXPECT_LT(pairing.nsec, NS_PER_SEC);
	return (struct pair){pairing.sec * NS_PER_SEC + pairing.nsec, pairing.tsc};
}

/* By how much the host's time advanced more than the TSC, where that is more than its steering and rounding. */
static s64 off_ns(const struct pair *from, const struct pair *to, const struct pvclock_vcpu_time_info *clock)
{
	s64 tsc_ns = (s64)pvclock_scale(to->tsc - from->tsc, clock->tsc_to_system_mul, clock->tsc_shift);
	s64 off = to->host_ns - from->host_ns - tsc_ns;

	return ABS(off) > ROUNDING_NS + tsc_ns * (s64)pvclock_rate_max_ppm() / 1000000 ? off : 0;
}

/* The pair that was most off the first one's line in the meantime. False: the last one is off, too. */
static bool is_line(u64 ns, s64 *worst_ns)
{
	const struct pvclock_vcpu_time_info clock = pvclock_snapshot(pvclock_own_area());
	u64 end = timer_ns() + ns;
	struct pair first = take();
	s64 off;

	*worst_ns = 0;
	do {
		struct pair next = take();

		off = off_ns(&first, &next, &clock);
		if (ABS(off) > ABS(*worst_ns))
			*worst_ns = off;
	} while (timer_ns() < end);
	return !off;
}

static void expect_line(u64 ns)
{
	s64 worst_ns;

	for (int i = 0; i < TRIES; i++) {
		if (is_line(ns, &worst_ns)) {
			EXPECT_TRUE(!worst_ns,
				    "got a pair %ld ns off the line of those before and after it, want none",
				    (long)worst_ns);
			return;
		}
		test_retry("the host's time was set, or steered by more than %lu ppm",
			   pvclock_rate_max_ppm());
	}
	test_skip(UNMET_LUCK, "host-time-steady");
}

static void require_pairing(void)
{
	s64 result = hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0);

	if (result == -KVM_EOPNOTSUPP && told.tsc_clock != TOLD_ON)
		test_skip(UNMET_HOST, "clocksource=tsc");
	ASSERT_EQ(result, 0);
	pvclock_use_new(NULL);
}

/* The host's tick changes base, TSC value and multiplier of its time, on another CPU or in the middle of KVM's copy. [L09] */
TEST(clock_pairing, pairs_lie_on_one_line, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	require_pairing();
	for (int i = 0; i < (told.long_tests == TOLD_ON ? WATCHES_LONG : 1); i++)
		expect_line(WATCH_NS);
}

static void expect_line_over_turn(void)
{
	u64 left = (u64)(NS_PER_SEC - take().host_ns % NS_PER_SEC);

	if (left > BEFORE_TURN_NS)
		timer_sleep(left - BEFORE_TURN_NS);
	expect_line(BEFORE_TURN_NS + AFTER_TURN_NS);
}

/*
 * The host counts a new second only in its next tick. Until then KVM has to carry it over (__iter_div_u64_rem()). The vCPU may be
 * off its CPU in these milliseconds, so there is more than one turn. [L09]
 */
TEST(clock_pairing, pairs_lie_on_one_line_over_the_turns_of_seconds,
     .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2), .needs.conditions = NEED_LONG_TESTS, .budget_ms = 20000)
{
	require_pairing();
	for (int i = 0; i < TURNS; i++)
		expect_line_over_turn();
}
