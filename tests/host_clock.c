/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host that changes its own clock, or switches CPUs off, while the VM runs.
 *
 * Contract: the flag PVCLOCK_TSC_STABLE_BIT and clock pairing are there while the host takes its time from the TSC, and gone for
 *           every vCPU while it does not. A guest that heeds the flag has a time that never goes back, at the right rate,
 *           whatever the host does.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags; arch/x86/kvm/x86.c, pvclock_gtod_notify(), pvclock_update_vm_gtod_copy(),
 *           kvm_arch_hardware_enable(); guest side: pvclock_clocksource_read(), arch/x86/kernel/pvclock.c. Hosts leave the TSC by
 *           themselves when their watchdog finds it unstable.
 * How:      the guest asks the runner to change the host's clocksource, and to switch its second CPU off and on.
 * Needs:    kvmclock, the channel, a host whose clocksource is the TSC, and its owner's consent.
 * Cannot show: what a TSC that really is unstable does. After that, hosts do not come back to it.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/platform/channel_host.h"
#include "x86/platform/port80.h"

/* KVM hands the change to a work of the host's, and each vCPU gets it at its next entry. */
#define UPDATE_MS 3000
/* So long the flag may take to return by itself; no kernel is known on which it does. */
#define RETURN_MS 200
#define AWAY_NS	  (100 * NS_PER_MS)
#define BUDGET_MS 40000
/* The host's clocks run at the TSC's rate as far as it knows that. */
#define DRIFT_NS(ns) (NS_PER_MS / 10 + (ns)*pvclock_rate_max_ppm() / 1000000)
#define CHANGES	     3
/* Between two rests, in which QEMU and the runner get the CPU. */
#define READINGS   500
#define REST_NS	   NS_PER_MS
#define SECOND_CPU 1
/* Longer than the host takes for it once the vCPUs rest; 0.1 s was seen on emulated ones. */
#define RETURN_NS (1000 * NS_PER_MS)

static struct kvm_clock_pairing pairing;

static s64 pair_clocks(void)
{
	return hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0);
}

/*
 * KVM looks at the host's clocksource when something updates the master clock, and its return to the TSC does not: the use of
 * the other number on vCPU 0 does, and so do pauses and vCPUs that are plugged in.
 */
static void update_master_clock(void)
{
	pvclock_use_legacy(NULL);
	pvclock_use_new(NULL);
}

/* An earlier test may have ended while the host was on another clock. */
static void begin(void)
{
	channel_clocksource(true);
	update_master_clock();
	pvclock_require_stable(pvclock_few_cpus());
}

static void wait_for_flag(void *argument)
{
	const bool *want = argument;
	bool in_time = timer_wait_until(pvclock_own_is_stable() == *want, UPDATE_MS);

	EXPECT_TRUE(in_time, "vCPU %u's flags: got %#x for %u ms, want PVCLOCK_TSC_STABLE_BIT %s",
		    this_cpu()->index, pvclock_own_area()->flags, UPDATE_MS, *want ? "set" : "clear");
}

static void expect_flags(bool want)
{
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		smp_call(i, wait_for_flag, &want);
}

/* Guests on many vCPUs take the flag as a promise that the vCPUs' times agree, and KVM cannot give it any longer. [K60] */
TEST(host_clock, every_vcpu_loses_the_flag_when_the_host_leaves_the_tsc, .budget_ms = BUDGET_MS)
{
	begin();
	channel_clocksource(false);
	expect_flags(false);
	channel_clocksource(true);
}

/* No kernel is known that sets the flag by itself. At the latest it returns when the master clock is updated. [K60] */
TEST(host_clock, every_vcpu_gets_the_flag_back, .budget_ms = BUDGET_MS)
{
	begin();
	channel_clocksource(false);
	expect_flags(false);
	channel_clocksource(true);
	if (timer_wait_until((exit_to_userspace(), pvclock_own_is_stable()), RETURN_MS))
		test_observed("the flag returns with the TSC");
	else
		test_observed("the flag returns when the master clock is updated");
	update_master_clock();
	expect_flags(true);
}

/* A pair names the TSC at which the host's time was read. Another clock has none. [L08] */
TEST(host_clock, clocks_are_paired_only_while_the_host_is_on_the_tsc, .budget_ms = BUDGET_MS,
     .needs.conditions = NEED_HYPERCALLS)
{
	begin();
	EXPECT_EQ(pair_clocks(), 0);
	channel_clocksource(false);
	memset(&pairing, 0, sizeof(pairing));
	EXPECT_EQ(pair_clocks(), -KVM_EOPNOTSUPP);
	EXPECT_BYTES(&pairing, 0, sizeof(pairing));
	channel_clocksource(true);
	EXPECT_EQ(pair_clocks(), 0);
}

/*
 * Readings are compared with those of the same phase. In odd phases the host changes its clock, and may be off its CPU, and lose
 * that time.
 */
#define PHASES (4 * CHANGES + 1)

static struct {
	bool over;
	unsigned int phase;
	u64 latest[PHASES]; /* the largest reading so far */
	u64 behind[PHASES]; /* by how much a reading was less than an earlier one, at most */
	u64 took_ns[PHASES]; /* by the change */
	u64 update_ns; /* how long an update without the flag took, at most */
} race;

static enum { NOTHING, STABLE, UNSTABLE } seen_last[SMP_CPUS_MAX]; /* by each reader */

static void raise(u64 *value, u64 to)
{
	u64 old = __atomic_load_n(value, __ATOMIC_SEQ_CST);

	while (old < to &&
	       !__atomic_compare_exchange_n(value, &old, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/*
 * Without the flag the host reads the TSC and its clock one after the other, so the time is wrong by no more than the update
 * took: it was made between the last reading of the old version, and the first of the new one.
 */
static void read_until_over(void *argument)
{
	u64 tsc = rdtsc();
	u32 version = pvclock_snapshot(pvclock_own_area()).version;

	(void)argument;
	for (unsigned int i = 1; !READ_ONCE(race.over); i++) {
		unsigned int phase = __atomic_load_n(&race.phase, __ATOMIC_SEQ_CST);
		u64 seen = __atomic_load_n(&race.latest[phase], __ATOMIC_SEQ_CST);
		struct pvclock_vcpu_time_info used;
		u64 ns = pvclock_read(pvclock_own_area(), &used), now = rdtsc();
		bool stable = used.flags & PVCLOCK_TSC_STABLE_BIT;

		if (used.version != version && !stable)
			raise(&race.update_ns, timer_tsc_to_ns(now - tsc));
		tsc = now;
		version = used.version;
		if (ns < seen)
			raise(&race.behind[phase], seen - ns);
		raise(&race.latest[phase], ns);
		WRITE_ONCE(seen_last[this_cpu()->index], stable ? STABLE : UNSTABLE);
		if (i % READINGS == 0)
			timer_sleep(REST_NS);
	}
}

static bool readers_see(bool stable)
{
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		if (READ_ONCE(seen_last[i]) != (stable ? STABLE : UNSTABLE))
			return false;
	return true;
}

static void next_phase(bool stable)
{
	ASSERT_TRUE(timer_wait_until(readers_see(stable), UPDATE_MS),
		    "got other flags on a vCPU for %u ms, want PVCLOCK_TSC_STABLE_BIT %s on all", UPDATE_MS,
		    stable ? "set" : "clear");
	__atomic_fetch_add(&race.phase, 1, __ATOMIC_SEQ_CST);
}

static void start_readers(void)
{
	race = (__typeof__(race)){0};
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++) {
		seen_last[i] = NOTHING;
		smp_post(i, read_until_over, NULL);
	}
}

static void stop_readers(void)
{
	WRITE_ONCE(race.over, true);
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_wait(i);
}

static void change_clock(bool tsc)
{
	next_phase(!tsc);
	race.took_ns[race.phase] = channel_clocksource(tsc);
	if (tsc)
		update_master_clock();
	next_phase(tsc);
	timer_sleep(AWAY_NS);
}

/*
 * Without the flag a guest returns no less than the largest reading so far, so its time stands still for as long as a reading is
 * behind; with the flag it would go back. [K61]
 */
TEST(host_clock, time_never_goes_back_while_the_host_changes_its_clock, .budget_ms = BUDGET_MS,
     .needs.cpus = 2)
{
	u64 began, drift;

	begin();
	began = timer_ns();
	start_readers();
	for (int i = 0; i < CHANGES; i++) {
		change_clock(false);
		change_clock(true);
	}
	stop_readers();
	drift = DRIFT_NS(timer_ns() - began);
	for (unsigned int i = 0; i < PHASES; i++)
		EXPECT_LE(race.behind[i], 2 * race.update_ns + race.took_ns[i] + drift);
}

/* kvmclock is the host's own time, on each of its clocks, and none of the changes may add to it. [K62] */
TEST(host_clock, the_rate_is_right_over_the_changes, .budget_ms = BUDGET_MS)
{
	u64 tsc, clock, later_tsc, later, slack = 0, elapsed;

	begin();
	clock = stood_read_both(&tsc);
	for (int i = 0; i < CHANGES; i++) {
		slack += channel_clocksource(false);
		timer_sleep(AWAY_NS);
		slack += channel_clocksource(true);
		update_master_clock();
	}
	later = stood_read_both(&later_tsc);
	elapsed = later_tsc - tsc;
	slack += DRIFT_NS(elapsed);
	EXPECT_LE(later - clock, elapsed + slack);
	EXPECT_GE(later - clock + slack, elapsed);
}

/*
 * KVM reads the TSC of a CPU that comes back, and then compares when each vCPU has left its CPU: a later time means that the TSC
 * has gone back, and ends the VM's master clock for good. A vCPU that leaves its CPU in between ends it, too, so all of them rest.
 * [K67]
 */
TEST(host_clock, every_vcpu_keeps_the_flag_when_a_cpu_of_the_host_goes_and_returns, .budget_ms = BUDGET_MS)
{
	begin();
	channel_host_cpu(SECOND_CPU, true);
	for (int i = 0; i < CHANGES; i++) {
		channel_host_cpu(SECOND_CPU, false);
		channel_host_cpu_and_rest(SECOND_CPU, true, RETURN_NS);
	}
	update_master_clock();
	expect_flags(true);
}

/* The vCPUs move to the other CPU meanwhile. They do not rest, so this may end the master clock, and comes last. [K63] */
TEST(host_clock, time_never_goes_back_while_a_cpu_of_the_host_goes_and_returns, .budget_ms = BUDGET_MS,
     .needs.cpus = 2)
{
	u64 began;

	begin();
	/* Where there is none this skips the test, before other vCPUs work. */
	channel_host_cpu(SECOND_CPU, true);
	began = timer_ns();
	start_readers();
	for (int i = 0; i < CHANGES; i++) {
		channel_host_cpu(SECOND_CPU, false);
		timer_sleep(AWAY_NS);
		channel_host_cpu(SECOND_CPU, true);
		timer_sleep(AWAY_NS);
	}
	stop_readers();
	EXPECT_LE(race.behind[0], 2 * race.update_ns + DRIFT_NS(timer_ns() - began));
}

SUITE(host_clock, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE) | BIT(KVM_FEATURE_CLOCKSOURCE2),
      .needs.conditions = NEED_CHANNEL);
