/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steal time under contention: two vCPUs that compete for one CPU of the host.
 *
 * Contract: steal counts the nanoseconds in which the vCPU was ready to run and did not run; it never goes back.
 *           preempted is non-zero while the vCPU is off its CPU against its will, and 0 while it runs.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; arch/x86/kvm/x86.c, record_steal_time(), kvm_steal_time_set_preempted().
 * How:      both vCPUs spin. At any moment at least one of them waits, so both together lose all the time that passes;
 *           and each sees when it was off its CPU.
 * Needs:    all vCPUs on one host CPU, which the runner arranges.
 * Cannot show: which other threads of the host ran meanwhile.
 */
#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/steal.h"
#include "x86/kvm/told.h"

#define CPUS 2
/* Many time slices (3 to 24 ms on Linux). Where they are longer, or the host has other work, both spin on: steal_spin(). */
#define SPIN_NS	   (100 * NS_PER_MS)
#define ROUNDS	   9
#define OBSERVE_MS 3000

static struct kvm_steal_time areas[CPUS];
static struct steal_spin spins[CPUS];
static bool stop;

static void enable(void *argument)
{
	struct kvm_steal_time *area = &areas[this_cpu()->index];

	(void)argument;
	*area = (struct kvm_steal_time){0};
	wrmsr(MSR_KVM_STEAL_TIME, (u64)area | KVM_MSR_ENABLED);
}

static void spin(void *argument)
{
	unsigned int index = this_cpu()->index;

	(void)argument;
	steal_spin(&areas[index], SPIN_NS, &spins[index], &spins[1 - index]);
}

/* Again if vCPU 1 got its CPU only when vCPU 0 was done, after STEAL_SPIN_MAX times as long. */
static void spin_on_both(void)
{
	int tries = 10;

	do {
		memset(spins, 0, sizeof(spins));
		smp_post(1, spin, NULL);
		spin(NULL);
		smp_wait(1);
	} while (!(spins[0].ran_ns + spins[1].ran_ns) && --tries);
}

/*
 * While one runs the other one waits. What is below the host may stop both, and hosts without a constant TSC do not count
 * all of that: such time is not expected to be stolen.
 */
static u64 stolen_at_least_ns(void)
{
	u64 ran = spins[0].ran_ns + spins[1].ran_ns;

	ASSERT_TRUE(ran, "cannot test: got no moment at which both vCPUs spin, want some");
	return ran;
}

/* A few short waits, each less than a gap, are not seen by the vCPU itself: 1 % of the time. */
static u64 lost_at_most_ns(unsigned int index)
{
	return spins[index].gaps_ns + SPIN_NS / 100;
}

/* One number for each round. The median and the quartiles decide, since a round may begin or end at a bad moment. */
struct rounds {
	u64 percent[ROUNDS];
	u64 quarter, half, three_quarters;
};

static void find_quartiles(struct rounds *rounds)
{
	steal_sort(rounds->percent, ROUNDS);
	rounds->quarter = rounds->percent[ROUNDS / 4];
	rounds->half = rounds->percent[ROUNDS / 2];
	rounds->three_quarters = rounds->percent[ROUNDS * 3 / 4];
}

/*
 * While both spin one always waits, so the sum is no less than the time in which either runs, whatever else the host has
 * to do. Neither can lose time in which it ran: it sees in the gaps between its readings of the TSC when it did not.
 * What is below the host makes gaps, too, of which the host knows nothing. So the gaps are an upper bound in all rounds,
 * and a lower bound where the host is known to run on hardware. [S10 S23]
 */
TEST(steal_time_shared_cpu, two_spinning_vcpus_lose_the_time_that_goes_by, .needs.cpus = CPUS,
     .budget_ms = 30000)
{
	struct rounds of_both, of_gaps[CPUS];

	smp_call_all(enable, NULL);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		spin_on_both();
		of_both.percent[i] = (spins[0].stolen_ns + spins[1].stolen_ns) * 100 / stolen_at_least_ns();
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			of_gaps[cpu].percent[i] = spins[cpu].stolen_ns * 100 / lost_at_most_ns(cpu);
	}
	find_quartiles(&of_both);
	EXPECT_GE(of_both.half, 90);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		find_quartiles(&of_gaps[cpu]);
		EXPECT_LE(of_gaps[cpu].three_quarters, 110);
		if (told.host_is_virtual == TOLD_OFF)
			EXPECT_GE(of_gaps[cpu].half, 90);
		ktap_note("stolen from vCPU %u: %lu %% to %lu %% of its gaps in half of the rounds", cpu,
			  (unsigned long)of_gaps[cpu].quarter, (unsigned long)of_gaps[cpu].three_quarters);
	}
	ktap_note("stolen from both: %lu %% to %lu %% of the time in which either ran",
		  (unsigned long)of_both.quarter, (unsigned long)of_both.three_quarters);
}

static void disable(void *argument)
{
	(void)argument;
	wrmsr(MSR_KVM_STEAL_TIME, 0);
}

/*
 * record_steal_time() adds all that the vCPU's thread has waited since the last update, so time lost while disabled
 * appears at the next enabling. The clocks of host and guest may differ by a few percent, the error of their
 * calibration. [S12]
 */
TEST(steal_time_shared_cpu, time_lost_while_disabled_is_added_on_enabling, .needs.cpus = CPUS,
     .budget_ms = 20000)
{
	u64 start, elapsed;

	smp_call_all(enable, NULL);
	start = timer_ns();
	smp_call_all(disable, NULL);
	spin_on_both();
	EXPECT_EQ(spins[0].stolen_ns, 0);
	EXPECT_EQ(spins[1].stolen_ns, 0);
	smp_call_all(enable, NULL);
	elapsed = timer_ns() - start;
	EXPECT_GE(areas[0].steal + areas[1].steal, stolen_at_least_ns() / 10 * 9);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		EXPECT_LE(areas[cpu].steal, elapsed + elapsed / 10);
}

/* As another guest may do it, whose memory has another use then: the address stays. */
static void disable_in_place(void *argument)
{
	(void)argument;
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&areas[this_cpu()->index]);
}

/* kvm_steal_time_set_preempted() runs whenever the vCPU is preempted, and has to look at bit 0 itself. [S11] */
TEST(steal_time_shared_cpu, once_disabled_preempted_is_never_set, .needs.cpus = CPUS, .budget_ms = 20000)
{
	smp_call_all(enable, NULL);
	smp_call_all(disable_in_place, NULL);
	memset(areas, FILLER, sizeof(areas));
	spin_on_both();
	ASSERT_TRUE(spins[0].ran_ns + spins[1].ran_ns,
		    "cannot test: got no moment at which both vCPUs spin, want some");
	EXPECT_BYTES(areas, FILLER, sizeof(areas));
}

static void spin_and_watch_itself(void *argument)
{
	u64 last = 0;

	(void)argument;
	while (!READ_ONCE(stop)) {
		u64 now = READ_ONCE(areas[1].steal);

		if (READ_ONCE(areas[1].preempted)) {
			EXPECT_EQ(READ_ONCE(areas[1].preempted), 0);
			return;
		}
		if (now < last) {
			EXPECT_GE(now, last);
			return;
		}
		last = now;
	}
	EXPECT_GT(READ_ONCE(areas[1].steal), 0); /* it may be here at the first step after it was preempted */
}

/*
 * Whenever this vCPU runs, the other one does not. The host interrupted its spinning, so preempted is set. Seen from
 * that vCPU itself it is never set, and steal never goes back. [S15 S18]
 */
TEST(steal_time_shared_cpu, preempted_is_set_for_others_and_clear_for_itself, .needs.cpus = CPUS)
{
	bool set;

	smp_call_all(enable, NULL);
	stop = false;
	smp_post(1, spin_and_watch_itself, NULL);
	set = timer_wait_until(READ_ONCE(areas[1].preempted), OBSERVE_MS);
	EXPECT_TRUE(set, "vCPU 1's preempted byte: got 0 for %u ms under contention, want it set",
		    OBSERVE_MS);
	EXPECT_EQ(areas[1].preempted & ~KVM_VCPU_PREEMPTED, 0);
	/* Let it run again, and lose time again. */
	timer_spin(SPIN_NS);
	WRITE_ONCE(stop, true);
	smp_wait(1);
}

SUITE(steal_time_shared_cpu, .contract = "msr.rst, MSR_KVM_STEAL_TIME",
      .needs.features = BIT(KVM_FEATURE_STEAL_TIME), .needs.conditions = NEED_SHARED_CPU | NEED_NO_XEN);
