/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate of the system time, and its order on one vCPU.
 *
 * Contract: the system time of every vCPU advances by one nanosecond per nanosecond, whether the vCPU
 *           runs or is halted, at any time and not only just after an update. Two readings on one vCPU with
 *           PVCLOCK_TSC_STABLE_BIT, or with the same version, are in order.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW; arch/x86/kvm/x86.c, kvm_guest_time_update(),
 *           kvm_get_time_scale(); for the leaf: QEMU, target/i386/kvm/kvm.c, vmware-cpuid-freq.
 * How:      each reading of the PM timer, HPET or PIT lies between two of the TSC, and kvmclock is
 *           a function of the TSC: so the distance of the two TSC readings bounds the error of the
 *           comparison. The interval is long enough that these errors are a small part of it.
 * Needs:    kvmclock; a machine with one of these clocks.
 * Cannot show: errors below 0.1 %, or without long-tests=on below the errors of reading. The host's own clock may be slewed by NTP while the TSC is not;
 *           0.05 % is usual, and more soon after its boot.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/told.h"
#include "x86/platform/refclock.h"

#define HALT_NS (10 * NS_PER_MS)

/*
 * A reading of the reference clock takes up to 0.2 ms where the VMM emulates it. The interval is that in which the errors
 * of both ends are 200 ppm, within these bounds. Without long-tests=on it is the least, and the errors are a larger part of it.
 */
#define PARTS_BRACKETS	5000
#define INTERVAL_MIN_NS (50 * NS_PER_MS)
#define INTERVAL_MAX_NS (1000 * NS_PER_MS)
/* The PIT's counter wraps around in 55 ms, so it is read in between. */
#define STEP_NS (10 * NS_PER_MS)
/* The vCPU may be off its CPU during a reading, or for so long that the counter wraps around: then the test measures again. */
#define TRIES 5

#define WATCH_NS	(30 * NS_PER_MS)
#define UPDATE_EVERY_NS (2 * NS_PER_MS)

/* What Linux takes for "the same frequency" when it decides whether to scale the TSC (kvm.tsc_tolerance_ppm). */
#define TOLERANCE_PARTS 4000

/* With 72 vCPUs, their registrations take seconds in a nested VM. */
#define MANY_CPUS_BUDGET_MS 20000

struct reading {
	struct refclock_sample ref;
	u64 kvmclock_ns;
};

static struct reading from[SMP_CPUS_MAX], to[SMP_CPUS_MAX];
static u64 slack_wanted; /* in cycles of the TSC */

static void read_both(void *readings)
{
	struct reading *r = (struct reading *)readings + this_cpu()->index;
	struct pvclock_vcpu_time_info info;

	refclock_read_closely(&r->ref, slack_wanted);
	info = pvclock_snapshot(pvclock_own_area());
	r->kvmclock_ns = pvclock_at(&info, r->ref.tsc);
}

/* The TSC's frequency comes from a short calibration, so 1/8 is added. */
static u64 slack_ns(const struct reading *r)
{
	return timer_tsc_to_ns(r->ref.tsc_slack) * 9 / 8 + refclock_tick_ns();
}

static u64 brackets_ns(unsigned int cpu)
{
	return slack_ns(&from[cpu]) + slack_ns(&to[cpu]);
}

/* The same interval on vCPUs 0 to cpus - 1. False: the reference clock's counter may have wrapped around. */
static bool measure(void (*pass)(u64 ns), u64 ns, unsigned int cpus)
{
	struct refclock_sample now;

	for (unsigned int i = 0; i < cpus; i++)
		smp_call(i, read_both, from);
	do {
		pass(MIN(ns, STEP_NS));
		refclock_read(&now);
	} while (refclock_ns(&from[cpus - 1].ref, &now) < ns);
	for (unsigned int i = 0; i < cpus; i++)
		smp_call(i, read_both, to);
	return refclock_kept_count(&from[0].ref, &to[cpus - 1].ref);
}

/* The same, again while vCPUs were off their CPUs at the wrong time. */
static void measure_well(void (*pass)(u64 ns), u64 ns, unsigned int cpus, u64 brackets_wanted)
{
	for (int i = 0; i < TRIES; i++) {
		bool kept_count = measure(pass, ns, cpus);
		u64 brackets = 0;

		for (unsigned int cpu = 0; cpu < cpus; cpu++)
			brackets = MAX(brackets, brackets_ns(cpu));
		if (kept_count && brackets <= brackets_wanted)
			return;
		if (!kept_count)
			test_retry("%s may have wrapped around", refclock_name());
		else
			test_retry("readings of %s are known to %lu ns, in %lu ns", refclock_name(), brackets,
				   ns);
	}
	if (!refclock_kept_count(&from[0].ref, &to[cpus - 1].ref))
		test_skip(UNMET_LUCK, "refclock-in-time");
}

static void expect_rate(unsigned int cpu)
{
	s64 want = (s64)refclock_ns(&from[cpu].ref, &to[cpu].ref);
	s64 got = (s64)(to[cpu].kvmclock_ns - from[cpu].kvmclock_ns);
	s64 error = want * (s64)pvclock_rate_max_ppm() / 1000000 + (s64)brackets_ns(cpu);

	EXPECT_TRUE(got >= want - error && got <= want + error,
		    "vCPU %u: got %ld ns, want the %ld ns of %s, +- %ld ns", cpu, (long)got, (long)want,
		    refclock_name(), (long)error);
}

/*
 * KVM computes multiplier and shift from the TSC's frequency, as it measured it or the VMM set it, for each vCPU. A wrong
 * one shows as drift. [K09 K50]
 */
TEST(kvmclock_rate, runs_as_fast_as_another_clock, .needs.conditions = NEED_REFCLOCK,
     .budget_ms = MANY_CPUS_BUDGET_MS)
{
	unsigned int cpus = smp_cpus_online();
	u64 slack = 0, ns;

	smp_call_all(pvclock_use_new, NULL);
	slack_wanted = UINT64_MAX;
	for (int i = 0; i < TRIES; i++) {
		read_both(from);
		slack = i ? MIN(slack, slack_ns(from)) : slack_ns(from);
	}
	ns = MIN(MAX(2 * slack * PARTS_BRACKETS, INTERVAL_MIN_NS),
		 told.long_tests == TOLD_ON ? INTERVAL_MAX_NS : INTERVAL_MIN_NS);
	slack_wanted = timer_ns_to_tsc(2 * slack) * 8 / 9;
	measure_well(timer_spin, ns, cpus, 4 * slack);
	for (unsigned int i = 0; i < cpus; i++)
		expect_rate(i);
}

/*
 * The TSC runs on in HLT, and system time with it. The interval is shorter, since a clock that stops in HLT shows at
 * once. [K49]
 */
TEST(kvmclock_rate, goes_on_while_the_vcpu_is_halted, .needs.conditions = NEED_REFCLOCK)
{
	pvclock_use_new(NULL);
	slack_wanted = timer_ns_to_tsc(HALT_NS / 100);
	measure_well(timer_sleep, HALT_NS, 1, HALT_NS / 25);
	expect_rate(0);
}

/* KVM rounds the frequency to kHz, and TSC scaling rounds it once more. */
static void expect_frequency(void *want_khz)
{
	const struct pvclock_vcpu_time_info *area = pvclock_own_area();
	u64 got, want = *(const u64 *)want_khz;

	pvclock_use_new(NULL);
	got = pvclock_khz(area->tsc_to_system_mul, area->tsc_shift);
	EXPECT_GE(got, want - want / TOLERANCE_PARTS - 2);
	EXPECT_LE(got, want + want / TOLERANCE_PARTS + 2);
}

/* KVM does not scale the TSC where the host's frequency is close enough to the wanted one. [K09 K10] */
TEST(kvmclock_rate, multiplier_agrees_with_cpuid, .needs.conditions = NEED_TSC_FREQUENCY,
     .budget_ms = MANY_CPUS_BUDGET_MS)
{
	u64 want = cpuid_tsc_khz();

	smp_call_all(expect_frequency, &want);
}

/* Without a leaf in CPUID a guest has to believe the multiplier. KVM tells the VMM the frequency that is behind it. [K09 K10] */
TEST(kvmclock_rate, multiplier_agrees_with_what_kvm_tells_the_vmm, .budget_ms = MANY_CPUS_BUDGET_MS)
{
	if (!told.vcpu_tsc_khz.known)
		test_skip(UNMET_SETTING, "vcpu-tsc-khz=KHZ");
	smp_call_all(expect_frequency, &told.vcpu_tsc_khz.value);
}

/*
 * The MSR is written every 2 ms, for an update. Without the master clock a new version starts from a new reading of the
 * host's clock, and the old version may have run ahead of it: guests guard against that step, so the test does not
 * count it. [K13]
 */
TEST(kvmclock_rate, does_not_step_back_on_one_vcpu)
{
	u64 start = timer_ns(), next_update = 0, last = 0, largest_step = 0;
	u32 version = 0;

	do {
		struct pvclock_vcpu_time_info info;
		u64 now;

		if (timer_ns() - start >= next_update) {
			pvclock_use_new(NULL);
			next_update += UPDATE_EVERY_NS;
		}
		info = pvclock_snapshot(pvclock_own_area());
		now = pvclock_at(&info, rdtsc());
		if (now < last && (info.version == version || info.flags & PVCLOCK_TSC_STABLE_BIT))
			largest_step = MAX(largest_step, last - now);
		last = now;
		version = info.version;
	} while (timer_ns() - start < WATCH_NS);
	EXPECT_EQ(largest_step, 0ull);
}

SUITE(kvmclock_rate, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
