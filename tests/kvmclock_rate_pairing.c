/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate of the system time on every vCPU, against the host's own time.
 *
 * Contract: as in tests/kvmclock_rate.c.
 * Source:   hypercalls.rst, KVM_HC_CLOCK_PAIRING; arch/x86/kvm/x86.c, kvm_guest_time_update().
 * How:      KVM_HC_CLOCK_PAIRING gives the host's time at an exact TSC value, and the system time at the
 *           same value is computed: so no reading takes time, and the comparison is exact to
 *           nanoseconds. Three pairs on each vCPU make two intervals.
 * Needs:    kvmclock, hypercalls; a host whose clocksource is the TSC.
 * Cannot show: errors below 0.1 %: NTP may steer the time that is paired.
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/told.h"

#define NS_PER_SEC 1000000000ll
/* A pair is exact to nanoseconds, which are less than 1 ppm of this. */
#define INTERVAL_NS (20 * NS_PER_MS)
#define PAIRS	    3
/*
 * Two intervals that differ by more than that: the host's time was set, or steered in another way, between the pairs. A
 * daemon does that now and then, so the test measures again.
 */
#define CHANGED_PPM 300
#define TRIES	    5
#define BUDGET_MS   20000

static struct moment {
	s64 result;
	s64 host_ns, kvmclock_ns;
} moments[PAIRS][SMP_CPUS_MAX];

static void pair(void *argument)
{
	static struct kvm_clock_pairing pairing;
	struct moment *m = (struct moment *)argument + this_cpu()->index;
	struct pvclock_vcpu_time_info info;

	m->result = hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0);
	info = pvclock_snapshot(pvclock_own_area());
	m->host_ns = pairing.sec * NS_PER_SEC + pairing.nsec;
	m->kvmclock_ns = (s64)pvclock_at(&info, pairing.tsc);
}

static bool are_all_paired(const struct moment *m)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		if (m[i].result)
			return false;
	return true;
}

/* How much faster than the host's time a vCPU's system time runs, in ppm. */
static s64 ahead_ppm(unsigned int cpu, unsigned int first, unsigned int last)
{
	s64 host_ns = moments[last][cpu].host_ns - moments[first][cpu].host_ns;
	s64 kvmclock_ns = moments[last][cpu].kvmclock_ns - moments[first][cpu].kvmclock_ns;

	return host_ns > 0 ? (kvmclock_ns - host_ns) * 1000000 / host_ns : INT32_MAX;
}

/* One after the other on all vCPUs, then a pause for all. */
static void measure(void)
{
	for (unsigned int i = 0; i < PAIRS; i++) {
		if (i)
			timer_sleep(INTERVAL_NS);
		smp_call_all(pair, moments[i]);
		ASSERT_TRUE(are_all_paired(moments[i]), "got no pair on a vCPU, want one as before");
	}
}

static bool host_time_changed(void)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		if (ABS(ahead_ppm(i, 0, 1) - ahead_ppm(i, 1, 2)) > CHANGED_PPM)
			return true;
	return false;
}

/* A vCPU's multiplier and shift are its own: one with those of another frequency drifts away from the others. [K09 K50] */
TEST(kvmclock_rate, runs_as_fast_as_the_hosts_time_on_every_vcpu, .budget_ms = BUDGET_MS,
     .needs.conditions = NEED_KVM | NEED_HYPERCALLS)
{
	s64 most = (s64)pvclock_rate_max_ppm();

	pvclock_require_stable(smp_cpus_online());
	pair(moments[0]);
	if (moments[0][0].result && told.tsc_clock != TOLD_ON)
		test_skip(UNMET_HOST, "clocksource=tsc");
	measure();
	for (int i = 1; i < TRIES && host_time_changed(); i++) {
		test_retry("the host's time changed its rate by more than %d ppm", CHANGED_PPM);
		measure();
	}
	if (host_time_changed())
		test_skip(UNMET_LUCK, "host-time-steady");
	for (unsigned int i = 0; i < smp_cpus_online(); i++) {
		s64 got = ahead_ppm(i, 0, PAIRS - 1);

		EXPECT_TRUE(ABS(got) <= most,
			    "vCPU %u is faster than the host's time: got %ld ppm, want +- %ld", i, (long)got,
			    (long)most);
	}
}
