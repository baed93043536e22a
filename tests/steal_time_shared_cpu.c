/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steal time under contention: two vCPUs that compete for one CPU of the host.
 *
 * Contract: steal counts the nanoseconds in which the vCPU was ready to run and did not run; it never goes back.
 *           preempted is non-zero while the vCPU is off its CPU against its will, and 0 while it runs.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; arch/x86/kvm/x86.c, record_steal_time(), kvm_steal_time_set_preempted().
 * How:      both vCPUs spin. At any moment at least one of them waits, so both together lose all the time that passes.
 * Needs:    all vCPUs on one host CPU, which the runner arranges.
 * Cannot show: which other threads of the host ran meanwhile.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/port80.h"

#define CPUS 2
/* Several time slices of any scheduler (4 to 24 ms on Linux, 100 ms for SCHED_RR). */
#define SPIN_NS	   (400 * NS_PER_MS)
#define RETRIES	   5
#define OBSERVE_MS 3000

static struct kvm_steal_time areas[CPUS];
static u64 stolen[CPUS];
static bool stop;

/* At the entry after an exit to userspace the host brings steal up to date. */
static u64 steal_now(unsigned int index)
{
	exit_to_userspace();
	return READ_ONCE(areas[index].steal);
}

static void enable(void *argument)
{
	struct kvm_steal_time *area = &areas[this_cpu()->index];

	(void)argument;
	*area = (struct kvm_steal_time){0};
	wrmsr(MSR_KVM_STEAL_TIME, (u64)area | KVM_MSR_ENABLED);
}

/* How much time is stolen from this vCPU while it spins for SPIN_NS. */
static void spin_and_measure(void *argument)
{
	unsigned int index = this_cpu()->index;
	u64 before;

	(void)argument;
	before = steal_now(index);
	timer_spin(SPIN_NS);
	stolen[index] = steal_now(index) - before;
}

static void spin_on_both(void)
{
	smp_post(1, spin_and_measure, NULL);
	spin_and_measure(NULL);
	smp_wait(1);
}

/*
 * While both spin one always waits, so the sum is no less than the time that both spun together. They start and end at
 * most a time slice apart, and each counts until its own end: hence the factor of a half. Neither can lose more than
 * the time that passed. Its own spin lasted so long and, if it was descheduled at the end, a little longer: hence a
 * slice of 100 ms on top, and another try for a host that deschedules longer. [S10]
 */
TEST(steal_time_shared_cpu, two_spinning_vcpus_lose_the_time_that_goes_by, .needs.cpus = CPUS,
     .budget_ms = 20000)
{
	u64 elapsed = 0, sum = 0;

	smp_call_all(enable, NULL);
	for (int i = 0; i < RETRIES; i++) {
		u64 start = timer_ns();

		spin_on_both();
		elapsed = timer_ns() - start;
		sum = stolen[0] + stolen[1];
		if (sum >= SPIN_NS / 2 && stolen[0] <= elapsed && stolen[1] <= elapsed)
			break;
	}
	EXPECT_GE(sum, SPIN_NS / 2);
	EXPECT_LE(stolen[0], elapsed);
	EXPECT_LE(stolen[1], elapsed);
}

static void disable(void *argument)
{
	(void)argument;
	wrmsr(MSR_KVM_STEAL_TIME, 0);
}

/*
 * record_steal_time() adds all that the vCPU's thread has waited since the last update, so time lost while disabled
 * appears at the next enabling. [S12]
 */
TEST(steal_time_shared_cpu, time_lost_while_disabled_is_added_on_enabling, .needs.cpus = CPUS,
     .budget_ms = 20000)
{
	u64 sum = 0;

	smp_call_all(enable, NULL);
	for (int i = 0; i < RETRIES && sum < SPIN_NS / 2; i++) {
		smp_call_all(disable, NULL);
		spin_on_both();
		EXPECT_EQ(stolen[0], 0);
		EXPECT_EQ(stolen[1], 0);
		smp_call_all(enable, NULL);
		sum = areas[0].steal + areas[1].steal;
	}
	EXPECT_GE(sum, SPIN_NS / 2);
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
	EXPECT_GT(last, 0);
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
