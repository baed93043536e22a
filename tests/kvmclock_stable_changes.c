/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stable system time while PVCLOCK_TSC_STABLE_BIT comes and goes.
 *
 * Contract: a time that is read with the flag set is not before one that another vCPU read earlier with
 *           the flag set, even if the host cleared the flag in between and took a new reference point.
 * Source:   arch/x86/kvm/x86.c, kvm_gen_update_masterclock(), kvm_start_pvclock_update(), which keep all
 *           vCPUs out of the guest until each has the new point; guest side: pvclock_clocksource_read(),
 *           arch/x86/kernel/pvclock.c, which looks at the flag of each reading.
 * How:      vCPU 0 uses the legacy and the new number in turn, and the others compare their readings.
 * Needs:    kvmclock, two vCPUs, and the flag: the host's clocksource is the TSC.
 * Cannot show: steps that are smaller than the drift between two reference points.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/told.h"

/*
 * Milliseconds are enough on hardware. A point stays until another vCPU has seen it: where vCPUs share a CPU of the host,
 * or the host is emulated, that takes as long as one of them may run there.
 */
#define POINTS_WANTED 50
#define POINTS_MIN    5
#define POINT_MS      50
#define RACE_NS	      (50 * NS_PER_MS)
#define RACE_LONG_NS  (200 * NS_PER_MS) /* with long-tests=on */
#define RACE_MAX_NS   (4000 * NS_PER_MS)
/* Between two PAUSEs, at which emulators run another vCPU. */
#define READINGS    4
#define ROUNDING_NS (NS_PER_MS / 100)

static struct {
	u64 latest; /* the largest reading with the flag so far */
	u64 largest_step; /* by how much a later one was smaller */
	u64 longest_ns; /* from one reference point to the next */
	bool over;
} race;

static u32 points[SMP_CPUS_MAX]; /* how many reference points each vCPU has seen */

static void raise(u64 *value, u64 to)
{
	u64 old = __atomic_load_n(value, __ATOMIC_SEQ_CST);

	while (old < to &&
	       !__atomic_compare_exchange_n(value, &old, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

static void read_once(u64 *last_point)
{
	u64 seen = __atomic_load_n(&race.latest, __ATOMIC_SEQ_CST);
	struct pvclock_vcpu_time_info used;
	u64 now = pvclock_read(pvclock_own_area(), &used);

	if (!(used.flags & PVCLOCK_TSC_STABLE_BIT))
		return;
	if (now < seen)
		raise(&race.largest_step, seen - now);
	raise(&race.latest, now);
	if (used.system_time != *last_point)
		WRITE_ONCE(points[this_cpu()->index], points[this_cpu()->index] + 1);
	*last_point = used.system_time;
}

static void read_until_over(void *argument)
{
	u64 point = 0;

	(void)argument;
	while (!__atomic_load_n(&race.over, __ATOMIC_SEQ_CST)) {
		for (int i = 0; i < READINGS; i++)
			read_once(&point);
		pause();
	}
}

static u32 most_points_of_others(void)
{
	u32 most = 0;

	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		most = MAX(most, READ_ONCE(points[i]));
	return most;
}

static void change_until_enough(void)
{
	u64 enough_ns = told.long_tests == TOLD_ON ? RACE_LONG_NS : RACE_NS;
	u64 start = timer_ns(), last = start, point = 0;

	do {
		u32 seen = most_points_of_others();
		u64 now;

		pvclock_use_legacy(NULL);
		pvclock_use_new(NULL);
		timer_wait_until((read_once(&point), most_points_of_others() != seen), POINT_MS);
		now = timer_ns();
		race.longest_ns = MAX(race.longest_ns, now - last);
		last = now;
	} while (most_points_of_others() < (last - start < enough_ns ? POINTS_WANTED : POINTS_MIN) &&
		 last - start < RACE_MAX_NS);
}

/* A new reference point has to be in the areas of all vCPUs before one of them reads its own. [K55] */
TEST(kvmclock_stable, time_never_steps_back_while_the_flag_comes_and_goes, .needs.cpus = 2,
     .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE) | BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT),
     .budget_ms = 20000)
{
	pvclock_require_stable(pvclock_few_cpus());
	race = (__typeof__(race)){0};
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		points[i] = 0;
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_post(i, read_until_over, NULL);
	change_until_enough();
	__atomic_store_n(&race.over, true, __ATOMIC_SEQ_CST);
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_wait(i);
	EXPECT_LE(race.largest_step, ROUNDING_NS + race.longest_ns * pvclock_rate_max_ppm() / 1000000);
	if (most_points_of_others() < POINTS_MIN)
		test_skip(UNMET_LUCK, "vcpus-in-parallel");
}
