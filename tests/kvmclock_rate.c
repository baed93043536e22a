/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rate of the system time, and its order on one vCPU.
 *
 * Contract: the system time advances by one nanosecond per nanosecond, whether the vCPU runs or is
 *           halted, at any time and not only just after an update. Two readings on one vCPU with
 *           PVCLOCK_TSC_STABLE_BIT, or with the same version, are in order.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW; arch/x86/kvm/x86.c, kvm_guest_time_update(),
 *           kvm_get_time_scale(); for the leaf: QEMU, target/i386/kvm/kvm.c, vmware-cpuid-freq.
 * How:      each reading of the PM timer, HPET or PIT lies between two of the TSC, and kvmclock is
 *           a function of the TSC: so the distance of the two TSC readings bounds the error of the
 *           comparison.
 * Needs:    kvmclock; a machine with one of these clocks.
 * Cannot show: errors below 0.5 %. The host's own clock may be slewed by NTP while the TSC is not;
 *           0.05 % is usual, and more soon after its boot.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/platform/refclock.h"

/* A reading takes up to 0.2 ms, so over this interval its error is at most 0.5 %, which is also the share of NTP. */
#define INTERVAL_NS (50 * NS_PER_MS)
#define HALT_NS	    (10 * NS_PER_MS)
#define PARTS_NTP   200
/* The PIT's counter wraps around in 55 ms, so the test reads it in between. */
#define PARTS_INTERVAL 4

#define WATCH_NS	(30 * NS_PER_MS)
#define UPDATE_EVERY_NS (2 * NS_PER_MS)

/*
 * The vCPU may be off its CPU between the readings of the TSC and of the clock: then the brackets are too wide for a
 * verdict. Or the host's thread may be, between its readings of the two clocks for an update without the master clock:
 * then the structure is off by that time. Both pass, and a wrong rate does not, so the test measures again.
 */
#define TRIES	       5
#define PARTS_BRACKETS 25

/*
 * What Linux takes for "the same frequency" when it decides whether to scale the TSC
 * (kvm.tsc_tolerance_ppm).
 */
#define TOLERANCE_PARTS 4000

static struct pvclock_vcpu_time_info area;

struct reading {
	struct refclock_sample ref;
	u64 kvmclock_ns;
};

static void enable(void)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED));
}

static void read_both(struct reading *r)
{
	struct pvclock_vcpu_time_info info;

	refclock_read(&r->ref);
	info = pvclock_snapshot(&area);
	r->kvmclock_ns = pvclock_at(&info, r->ref.tsc);
}

/* Let time pass in pass(ns), and compare how much of it the two clocks show. */
static void compare_clocks(void (*pass)(u64 ns), u64 ns)
{
	s64 want, got, error;

	enable();
	for (int i = 0; i < TRIES; i++) {
		struct reading from, to;
		s64 brackets;

		read_both(&from);
		for (int part = 0; part < PARTS_INTERVAL; part++) {
			pass(ns / PARTS_INTERVAL);
			read_both(&to);
		}
		want = (s64)refclock_ns(&from.ref, &to.ref);
		got = (s64)(to.kvmclock_ns - from.kvmclock_ns);
		/* The TSC's frequency comes from a short calibration, so 1/8 is added. */
		brackets = (s64)(timer_tsc_to_ns(from.ref.tsc_slack + to.ref.tsc_slack) * 9 / 8 +
				 2 * refclock_tick_ns());
		error = want / PARTS_NTP + brackets;
		if (brackets < (s64)ns / PARTS_BRACKETS && got >= want - error && got <= want + error)
			break;
	}
	EXPECT_GE(got, want - error);
	EXPECT_LE(got, want + error);
}

/*
 * KVM computes multiplier and shift from the TSC's frequency, as it measured it or the VMM set it. A wrong one shows as
 * drift. [K09]
 */
TEST(kvmclock_rate, runs_as_fast_as_another_clock, .needs.conditions = NEED_REFCLOCK)
{
	compare_clocks(timer_spin, INTERVAL_NS);
}

/*
 * The TSC runs on in HLT, and system time with it. The interval is shorter, since a clock that stops in HLT shows at
 * once. [K49]
 */
TEST(kvmclock_rate, goes_on_while_the_vcpu_is_halted, .needs.conditions = NEED_REFCLOCK)
{
	compare_clocks(timer_sleep, HALT_NS);
}

/*
 * KVM rounds the frequency to kHz, TSC scaling rounds it once more, and KVM does not scale at all where the host's
 * frequency is close enough to the wanted one. [K09 K10]
 */
TEST(kvmclock_rate, multiplier_agrees_with_cpuid, .needs.conditions = NEED_TSC_FREQUENCY)
{
	u64 want = cpuid_tsc_khz();
	u64 got;

	enable();
	got = pvclock_khz(area.tsc_to_system_mul, area.tsc_shift);
	EXPECT_GE(got, want - want / TOLERANCE_PARTS - 2);
	EXPECT_LE(got, want + want / TOLERANCE_PARTS + 2);
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
			enable();
			next_update += UPDATE_EVERY_NS;
		}
		info = pvclock_snapshot(&area);
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
