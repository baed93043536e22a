/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stable system time: what PVCLOCK_TSC_STABLE_BIT promises.
 *
 * Contract: with the flag set, all vCPUs' structures have the same reference point and rate, and a
 *           time that is read on any vCPU is not before one that another vCPU read earlier. When
 *           the flag is set or cleared, time continues.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags; arch/x86/kvm/x86.c, the comment above
 *           pvclock_update_vm_gtod_copy(). Guests may trust the flag when bit 24 of CPUID is set.
 * How:      all vCPUs read their own structures, and compare with the largest reading so far.
 * Needs:    kvmclock, two vCPUs, and the flag: the host's clocksource is the TSC.
 * Cannot show: steps back that are smaller than the time until one vCPU sees another's write.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"

#define STABLE BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT)

/* Since Linux 7, each vCPU's registration interrupts all others: half a second for 72 of them in a nested VM. */
#define MANY_CPUS_BUDGET_MS 20000

/* Some 100000 readings on hardware, and 200 where one takes 0.2 ms. */
#define WATCH_NS (40 * NS_PER_MS)
/* Between two PAUSEs, at which emulators run another vCPU. */
#define READINGS 4
/* One look is enough, unless the host updates the areas meanwhile, or a vCPU is off its CPU. */
#define AGREE_MS 1000

/*
 * Without the master clock, the host reads TSC and time one after the other, and may be interrupted between them: but both
 * within the WRMSR. Each change is held to that. Where it took long, so that a large step is within the bound, another one
 * follows.
 */
#define TOOK_LONG_NS NS_PER_MS
#define ROUNDING_NS  1000
#define MEASURE_MS   2000
#define LATER_NS     (700 * NS_PER_MS)

static void enable_all(void)
{
	pvclock_require_stable(smp_cpus_online());
}

struct change {
	s64 step_ns, most_ns; /* by how much the time stepped, and may step */
	u64 took_ns;
};

/*
 * Compares the times of the same TSC value before and after the write. Under the master clock, tsc_timestamp is when the
 * host last read its own time: from then on that and the TSC may have drifted apart.
 */
static struct change change(u32 msr, u64 earlier_error_ns)
{
	u64 now = rdtsc();
	struct pvclock_vcpu_time_info before = pvclock_snapshot(pvclock_own_area()), after;
	u64 age_ns = pvclock_at(&before, now) - before.system_time;
	struct change c = {.took_ns = pvclock_timed_use(msr)};

	after = pvclock_snapshot(pvclock_own_area());
	c.step_ns = (s64)(pvclock_at(&after, now) - pvclock_at(&before, now));
	c.most_ns = (s64)(ROUNDING_NS + earlier_error_ns + c.took_ns +
			  age_ns * pvclock_drift_max_ppm() / 1000000);
	return c;
}

static void expect_continuity(const char *number, const struct change *c)
{
	EXPECT_TRUE(ABS(c->step_ns) <= c->most_ns,
		    "the %s number: got a step of %ld ns, want at most +- %ld ns", number, (long)c->step_ns,
		    (long)c->most_ns);
}

/* For later_ns time goes on as the TSC does, from a fresh reference point; then as the host's own time does. */
static void change_forth_and_back(u64 later_ns)
{
	u64 end = timer_ns() + MEASURE_MS * NS_PER_MS;
	struct change off, on;

	enable_all();
	do {
		change(MSR_KVM_SYSTEM_TIME, 0);
		change(MSR_KVM_SYSTEM_TIME_NEW, 0);
		if (later_ns)
			timer_sleep(later_ns);
		off = change(MSR_KVM_SYSTEM_TIME, 0);
		on = change(MSR_KVM_SYSTEM_TIME_NEW, off.took_ns);
		expect_continuity("legacy", &off);
		expect_continuity("new", &on);
	} while (off.took_ns + on.took_ns > TOOK_LONG_NS && timer_ns() < end);
}

/*
 * KVM takes a new reference point at each change, and has to go on from the old time: in 2010 a new reference point lay
 * behind what guests had read already. [K30]
 */
TEST(kvmclock_stable, time_goes_on_over_the_flag_changes, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE),
     .budget_ms = MANY_CPUS_BUDGET_MS)
{
	change_forth_and_back(0);
}

/*
 * Under the master clock the guest counts the TSC's cycles from the last reference point on, by KVM's multiplier, and the
 * host counts its own time by another. The sum of their differences shows when the next one is taken. [K54]
 */
TEST(kvmclock_stable, time_goes_on_over_a_flag_change_after_a_while,
     .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE), .needs.conditions = NEED_LONG_TESTS,
     .budget_ms = MANY_CPUS_BUDGET_MS)
{
	change_forth_and_back(LATER_NS);
}

static struct pvclock_vcpu_time_info copies[SMP_CPUS_MAX];

static void copy_own_area(void *argument)
{
	(void)argument;
	copies[this_cpu()->index] = pvclock_snapshot(pvclock_own_area());
}

static bool is_same_line(const struct pvclock_vcpu_time_info *a, const struct pvclock_vcpu_time_info *b)
{
	return a->tsc_timestamp == b->tsc_timestamp && a->system_time == b->system_time &&
	       a->tsc_to_system_mul == b->tsc_to_system_mul && a->tsc_shift == b->tsc_shift;
}

static unsigned int other_line; /* the first vCPU with another line than vCPU 0 */

static bool all_are_same_line(void)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		smp_call(i, copy_own_area, NULL);
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		if (!is_same_line(&copies[0], &copies[i])) {
			other_line = i;
			return false;
		}
	return true;
}

/*
 * Under the master clock KVM writes one reference point to all areas. It may take a new one at any time, between the
 * readings of two vCPUs, so the test looks more than once. [K16]
 */
TEST(kvmclock_stable, all_vcpus_have_the_same_line, .needs.cpus = 2, .budget_ms = MANY_CPUS_BUDGET_MS)
{
	bool in_time;

	enable_all();
	in_time = timer_wait_until(all_are_same_line(), AGREE_MS);
	EXPECT_TRUE(in_time, "vCPU %u: got %lu ns at TSC %#lx, want %lu ns at TSC %#lx as on vCPU 0",
		    other_line, copies[other_line].system_time, copies[other_line].tsc_timestamp,
		    copies[0].system_time, copies[0].tsc_timestamp);
}

static struct {
	u64 latest; /* the largest reading of all vCPUs so far */
	u64 largest_step; /* by how much a later one was smaller */
	u64 end;
} race;

static void raise(u64 *value, u64 to)
{
	u64 old = __atomic_load_n(value, __ATOMIC_SEQ_CST);

	while (old < to &&
	       !__atomic_compare_exchange_n(value, &old, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

static void read_once(void)
{
	u64 seen = __atomic_load_n(&race.latest, __ATOMIC_SEQ_CST);
	u64 now = pvclock_now(pvclock_own_area());

	if (now < seen)
		raise(&race.largest_step, seen - now);
	raise(&race.latest, now);
}

static void watch_for_steps_back(void *argument)
{
	(void)argument;
	do {
		for (int i = 0; i < READINGS; i++)
			read_once();
		pause();
	} while (timer_ns() < race.end);
}

/*
 * Guests compare times of two vCPUs without a guard while the flag is set, so all areas need the same reference point,
 * and all vCPUs the same TSC. [K14]
 */
TEST(kvmclock_stable, time_never_steps_back_from_vcpu_to_vcpu, .needs.features = STABLE, .needs.cpus = 2,
     .budget_ms = MANY_CPUS_BUDGET_MS)
{
	enable_all();
	race = (__typeof__(race)){.end = timer_ns() + WATCH_NS};
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		smp_post(i, watch_for_steps_back, NULL);
	watch_for_steps_back(NULL);
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		smp_wait(i);
	EXPECT_EQ(race.largest_step, 0ull);
}

SUITE(kvmclock_stable, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
