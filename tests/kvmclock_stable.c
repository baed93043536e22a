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
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"

#define STABLE BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT)

/* Since Linux 7, each vCPU's registration interrupts all others: half a second for 72 of them in a nested VM. */
#define MANY_CPUS_BUDGET_MS 20000

/* Some 100000 readings on hardware, and 200 where one takes 0.2 ms. */
#define WATCH_NS (40 * NS_PER_MS)
/* One look is enough, unless the host updates the areas meanwhile, or a vCPU is off its CPU. */
#define AGREE_MS 1000
/*
 * With the master clock and without, the host counts the TSC's cycles since the VM's start by the same frequency. But
 * without it, it reads TSC and time one after the other, and may be interrupted between them: try again.
 */
#define STEP_MAX_NS ((s64)NS_PER_MS)
#define STEP_TRIES  5

static void enable_all(void)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		smp_call(i, pvclock_use_new, NULL);
	pvclock_require_stable();
}

/*
 * Compares the times of the same TSC value before and after the write, so it does not matter how long the host takes.
 */
static s64 step_ns(u32 msr)
{
	u64 now = rdtsc();
	struct pvclock_vcpu_time_info before = pvclock_snapshot(pvclock_own_area()), after;

	wrmsr(msr, (u64)pvclock_own_area() | KVM_MSR_ENABLED);
	after = pvclock_snapshot(pvclock_own_area());
	return (s64)(pvclock_at(&after, now) - pvclock_at(&before, now));
}

/*
 * KVM takes a new reference point at each change, and has to go on from the old time: in 2010 a new reference point lay
 * behind what guests had read already. [K30]
 */
TEST(kvmclock_stable, time_goes_on_over_the_flag_changes, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE),
     .budget_ms = MANY_CPUS_BUDGET_MS)
{
	s64 off, on;

	enable_all();
	for (int i = 0; i < STEP_TRIES; i++) {
		off = step_ns(MSR_KVM_SYSTEM_TIME);
		on = step_ns(MSR_KVM_SYSTEM_TIME_NEW);
		if (MAX(off, on) <= STEP_MAX_NS && MIN(off, on) >= -STEP_MAX_NS)
			break;
	}
	EXPECT_GE(off, -STEP_MAX_NS);
	EXPECT_LE(off, STEP_MAX_NS);
	EXPECT_GE(on, -STEP_MAX_NS);
	EXPECT_LE(on, STEP_MAX_NS);
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

static void watch_for_steps_back(void *argument)
{
	(void)argument;
	do {
		u64 seen = __atomic_load_n(&race.latest, __ATOMIC_SEQ_CST);
		u64 now = pvclock_now(pvclock_own_area());

		if (now < seen)
			raise(&race.largest_step, seen - now);
		raise(&race.latest, now);
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
