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
 *           their readings with the largest so far, and record by how much they are behind: no more
 *           than the host took for its updates of the two structures.
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
 * For each update the host reads the TSC and its clock one after the other, so that the structure is wrong by no more than
 * the time that the update took. That is known: it was made between the vCPU's last reading of the old version, and its
 * first of the new one. Readings do not count where that was long, because the vCPU was off its CPU.
 */
#define UPDATE_MAX_NS (NS_PER_MS / 2)
#define ROUNDING_NS   (NS_PER_MS / 10)
/* Until readings of all vCPUs counted. */
#define WATCH_MAX_MS 2000
/* Between two PAUSEs, at which emulators run another vCPU. */
#define READINGS 4

static void expect_not_stable(void *argument)
{
	(void)argument;
	EXPECT_EQ(READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_TSC_STABLE_BIT, 0);
}

static struct {
	u64 first; /* vCPU 0's first reading */
	u64 latest; /* the largest reading so far */
	u64 counted; /* the largest that counts */
	u64 behind; /* by how much one that counts was less than an earlier one, at most */
	u64 back; /* by how much any was less than the one before on the same vCPU, of the same version */
	u64 end; /* WATCH_NS after vCPU 0's first reading */
	u64 took_ns; /* by all of it, on vCPU 0 */
} race;

static u32 counts[SMP_CPUS_MAX]; /* each vCPU's readings that count */

static void raise(u64 *value, u64 to)
{
	u64 old = __atomic_load_n(value, __ATOMIC_SEQ_CST);

	while (old < to &&
	       !__atomic_compare_exchange_n(value, &old, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

struct reading {
	u64 tsc, ns;
	u64 update_ns; /* how long the update took from which it was computed, at most */
	u32 version;
};

static void read_once(struct reading *last)
{
	u64 seen = __atomic_load_n(&race.counted, __ATOMIC_SEQ_CST);
	struct pvclock_vcpu_time_info used;
	u64 ns = pvclock_read(pvclock_own_area(), &used), tsc = rdtsc();

	if (used.version != last->version)
		last->update_ns = timer_tsc_to_ns(tsc - last->tsc);
	else if (ns < last->ns)
		raise(&race.back, last->ns - ns);
	last->tsc = tsc;
	last->ns = ns;
	last->version = used.version;
	raise(&race.latest, ns);
	if (last->update_ns > UPDATE_MAX_NS)
		return;
	counts[this_cpu()->index]++;
	if (ns < seen)
		raise(&race.behind, seen - ns);
	raise(&race.counted, ns);
}

/* It begins with an update, since nothing is known of earlier ones. vCPU 0 keeps to the legacy number, or the flag is set. */
static void watch(void *argument)
{
	struct reading last = {.version = pvclock_snapshot(pvclock_own_area()).version,
			       .update_ns = UINT64_MAX};

	(void)argument;
	last.tsc = rdtsc();
	if (this_cpu()->index)
		pvclock_use_new(NULL);
	else
		pvclock_use_legacy(NULL);
	read_once(&last);
	if (!this_cpu()->index) {
		race.first = last.ns;
		WRITE_ONCE(race.end, timer_ns() + WATCH_NS);
	}
	while (timer_ns() < READ_ONCE(race.end)) {
		for (int i = 0; i < READINGS; i++)
			read_once(&last);
		pause();
	}
	read_once(&last);
}

/* Fresh structures for all, and WATCH_NS of readings. */
static void run_race(void)
{
	u64 start;

	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_call(i, pvclock_use_new, NULL);
	pvclock_use_legacy(NULL);
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++) {
		smp_call(i, expect_not_stable, NULL);
		counts[i] = 0;
	}
	race = (__typeof__(race)){.end = UINT64_MAX};
	start = timer_ns();
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_post(i, watch, NULL);
	watch(NULL);
	for (unsigned int i = 1; i < pvclock_few_cpus(); i++)
		smp_wait(i);
	race.took_ns = timer_ns() - start;
}

/* A structure that is older than another has run at its own rate for longer. */
static void expect_order(void)
{
	EXPECT_EQ(race.back, 0ull);
	EXPECT_LE(race.behind,
		  2 * UPDATE_MAX_NS + ROUNDING_NS + race.took_ns * pvclock_rate_max_ppm() / 1000000);
}

static unsigned int cpus_that_count(void)
{
	unsigned int cpus = 0;

	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		cpus += counts[i] != 0;
	return cpus;
}

/*
 * A guest that never returns less than the largest reading so far has a time that advances, too, if no vCPU is far ahead:
 * else it would stand still until the others have caught up. [K15]
 */
TEST(kvmclock_unstable, a_guarded_time_goes_on_from_vcpu_to_vcpu, .needs.cpus = 2, .needs.features = LEGACY,
     .budget_ms = 20000)
{
	u64 end = timer_ns() + WATCH_MAX_MS * NS_PER_MS;

	do {
		run_race();
		expect_order();
	} while (cpus_that_count() < pvclock_few_cpus() && timer_ns() < end);
	if (cpus_that_count() < 2 || !counts[0])
		test_skip(UNMET_LUCK, "narrow-bracket");
	EXPECT_GE(race.latest - race.first, WATCH_NS / 2);
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
