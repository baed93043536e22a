/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system time without PVCLOCK_TSC_STABLE_BIT: what a guest can still rely on.
 *
 * Contract: each vCPU has a time of its own, so one may read a little less than another did before.
 *           A guest that never returns less than the largest reading so far has a clock that
 *           advances. A host whose own time does not come from the TSC never sets the flag, and
 *           pairs no clocks.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags; arch/x86/kvm/x86.c, kvm_guest_time_update(),
 *           gtod_is_based_on_tsc(); guest side: arch/x86/kernel/pvclock.c, last_value.
 * How:      vCPU 0 uses the legacy MSR number, which clears the flag for all. All vCPUs then compare
 *           their readings with the largest so far, and record by how much they are behind.
 * Needs:    kvmclock and two vCPUs; for the last two a host whose clocksource is not the TSC.
 * Cannot show: each such clocksource: kvm-clock is one, and only a virtual host has it.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"

#define LEGACY BIT(KVM_FEATURE_CLOCKSOURCE)

#define WATCH_NS (20 * NS_PER_MS)
/*
 * For each update the host reads the TSC and its clock one after the other, microseconds apart unless an interrupt
 * comes in between, or the machine itself is virtual and off its CPU. So the test tries again. The error of a missing
 * update or of a wrong offset is much larger, and lasts.
 */
#define BEHIND_MAX_NS (10 * NS_PER_MS)
#define TRIES	      5

static void expect_not_stable(void *argument)
{
	(void)argument;
	EXPECT_EQ(READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_TSC_STABLE_BIT, 0);
}

static struct {
	u64 latest; /* the largest reading so far */
	u64 behind; /* by how much a reading was less than an earlier one, at most */
	u64 end;
} race;

static void raise(u64 *value, u64 to)
{
	u64 old = __atomic_load_n(value, __ATOMIC_SEQ_CST);

	while (old < to &&
	       !__atomic_compare_exchange_n(value, &old, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* What a guest does while the flag is clear: it never goes back behind the largest reading. */
static void read_guarded(void)
{
	u64 latest = __atomic_load_n(&race.latest, __ATOMIC_SEQ_CST);
	u64 now = pvclock_now(pvclock_own_area());

	if (now < latest)
		raise(&race.behind, latest - now);
	raise(&race.latest, now);
}

static void watch(void *argument)
{
	(void)argument;
	do
		read_guarded();
	while (timer_ns() < race.end);
}

/* Fresh structures for all, and WATCH_NS of readings. Returns by how much the guarded time advanced. */
static u64 run_race(void)
{
	u64 start;

	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_call(i, pvclock_use_new, NULL);
	pvclock_use_legacy(NULL);
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		smp_call(i, expect_not_stable, NULL);
	start = pvclock_now(pvclock_own_area());
	race = (__typeof__(race)){.end = timer_ns() + WATCH_NS};
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_post(i, watch, NULL);
	watch(NULL);
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_wait(i);
	return race.latest - start;
}

/*
 * The guarded time must advance, too: with one vCPU far ahead it would stand still until the others have caught up.
 * [K15]
 */
TEST(kvmclock_unstable, a_guarded_time_goes_on_from_vcpu_to_vcpu, .needs.cpus = 2, .needs.features = LEGACY,
     .budget_ms = 20000)
{
	u64 passed = 0;

	for (int i = 0; i < TRIES; i++) {
		passed = run_race();
		if (race.behind <= BEHIND_MAX_NS && passed >= WATCH_NS / 2)
			break;
	}
	EXPECT_LE(race.behind, BEHIND_MAX_NS);
	EXPECT_GE(passed, WATCH_NS / 2);
}

/*
 * Neither a new registration, nor the new number on vCPU 0, which turns the master clock on elsewhere, sets the flag.
 * [K32]
 */
TEST(kvmclock_unstable, the_flag_is_never_set_on_another_clock, .needs.features = LEGACY,
     .needs.conditions = NEED_OTHER_CLOCK)
{
	for (int i = 0; i < 3; i++) {
		pvclock_use_legacy(NULL);
		for (unsigned int cpu = 0; cpu < pvclock_few_cpus(); cpu++) {
			smp_call(cpu, pvclock_use_new, NULL);
			smp_call(cpu, expect_not_stable, NULL);
		}
		timer_sleep(2 * NS_PER_MS); /* a deferred update is made at the entry after HLT */
		for (unsigned int cpu = 0; cpu < pvclock_few_cpus(); cpu++)
			smp_call(cpu, expect_not_stable, NULL);
	}
}

/*
 * Without a clocksource that is the TSC, KVM has no TSC value that belongs to the host's time. It has to refuse, and to
 * write nothing. [K32 L01]
 */
TEST(kvmclock_unstable, clocks_are_not_paired_on_another_clock,
     .needs.conditions = NEED_OTHER_CLOCK | NEED_HYPERCALLS)
{
	static struct kvm_clock_pairing pairing;

	EXPECT_EQ(hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0),
		  -KVM_EOPNOTSUPP);
	EXPECT_BYTES(&pairing, 0, sizeof(pairing));
}

SUITE(kvmclock_unstable, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
