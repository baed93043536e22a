/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU that shares its CPU of the host with a thread that spins, beside one that has a CPU to itself.
 *
 * Contract: steal counts the nanoseconds in which the vCPU was ready to run and did not run, and no time in which it was idle.
 *           preempted is set only while the vCPU is off its CPU. A flush that was asked for then is never lost.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; kvm_para.h, KVM_VCPU_FLUSH_TLB; arch/x86/kvm/x86.c: record_steal_time() adds the growth
 *           of the thread's sched_info.run_delay, which /proc/TID/schedstat shows.
 * How:      the runner starts the thread, and reads the run delay of the vCPUs' threads (x86/platform/channel_host.h). vCPU 0
 *           watches vCPU 1 from another CPU.
 * Needs:    the channel; each vCPU on one CPU of the host; for flushes, a runner that may read debugfs.
 * Cannot show: what becomes of translations; tests/pv_tlb_flush_shared_cpu.c does where they outlive an exit.
 */
#include "lib/ktap_writer.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/channel_host.h"
#include "x86/platform/kvm_counters.h"
#include "x86/platform/port80.h"

#define CPUS	  2
#define CONTENDED 1
/* Longer than any test needs it, which ends it then. */
#define CONTEND_MS CHANNEL_PAUSE_MAX_MS
#define BUDGET_MS  40000
/* So long vCPU 1 has to wait for its CPU, within this time: a few of the host's time slices. */
#define WAIT_NS	     (50 * NS_PER_MS)
#define WAIT_MAX_MS  5000
#define LOOK_NS	     (20 * NS_PER_MS)
#define HALT_NS	     (300 * NS_PER_MS)
#define SLEEP_NS     (5 * NS_PER_MS)
#define OBSERVE_NS   (500 * NS_PER_MS)
#define REQUESTS     100
#define REQUESTS_MIN 5
/* Turns without a request, to see what else makes the host flush. */
#define QUIET_TURNS	10
#define REQUESTS_MAX_MS 8000

static struct kvm_steal_time areas[CPUS];
static bool stop;
static u64 steps;

static void enable(void *argument)
{
	struct kvm_steal_time *area = &areas[this_cpu()->index];

	(void)argument;
	*area = (struct kvm_steal_time){0};
	wrmsr(MSR_KVM_STEAL_TIME, (u64)area | KVM_MSR_ENABLED);
}

/* What each vCPU's steal is, and how long its thread had waited at a time before the host wrote that, and at one after. */
struct account {
	u64 earlier[CPUS], stolen[CPUS], later[CPUS];
};

static void read_own_steal(void *stolen)
{
	unsigned int index = this_cpu()->index;

	exit_to_userspace();
	((u64 *)stolen)[index] = READ_ONCE(areas[index].steal);
}

static void take_account(struct account *account)
{
	for (unsigned int i = 0; i < CPUS; i++)
		account->earlier[i] = channel_run_delay_ns(i);
	smp_call_all(read_own_steal, account->stolen);
	for (unsigned int i = 0; i < CPUS; i++)
		account->later[i] = channel_run_delay_ns(i);
}

/* The host's two numbers are one, read at different times: the bounds are exact however slow it is. */
static void expect_steal_is_run_delay(const struct account *before, const struct account *after)
{
	for (unsigned int i = 0; i < CPUS; i++) {
		u64 stolen = after->stolen[i] - before->stolen[i];

		EXPECT_LE(stolen, after->later[i] - before->earlier[i]);
		EXPECT_GE(stolen, after->earlier[i] - before->later[i]);
		ktap_note("vCPU %u: %lu us were stolen", i, (unsigned long)(stolen / 1000));
	}
}

static void start_beside_spinner(void (*work)(void *argument))
{
	stop = false;
	channel_contend(CONTENDED, CONTEND_MS);
	smp_post(CONTENDED, work, NULL);
}

static void end_beside_spinner(void)
{
	WRITE_ONCE(stop, true);
	smp_wait(CONTENDED);
	channel_contend(CONTENDED, 0);
}

static void step_until_told(void *argument)
{
	(void)argument;
	while (!READ_ONCE(stop))
		WRITE_ONCE(steps, steps + 1);
}

/* vCPU 1 loses what its thread waits for its CPU, and vCPU 0 no more than its own one does. [S29] */
TEST(contended, steal_is_what_the_threads_waited, .budget_ms = BUDGET_MS)
{
	u64 end = timer_ns() + WAIT_MAX_MS * NS_PER_MS, waited;
	struct account before, after;

	smp_call_all(enable, NULL);
	take_account(&before);
	start_beside_spinner(step_until_told);
	do {
		timer_sleep(LOOK_NS);
		waited = channel_run_delay_ns(CONTENDED) - before.later[CONTENDED];
	} while (waited < WAIT_NS && timer_ns() < end);
	end_beside_spinner();
	take_account(&after);
	expect_steal_is_run_delay(&before, &after);
	if (waited < WAIT_NS)
		test_skip(UNMET_LUCK, "contention");
}

static void sleep_until_told(void *argument)
{
	(void)argument;
	while (!READ_ONCE(stop))
		timer_sleep(SLEEP_NS);
}

/* While a vCPU halts its thread waits for an interrupt, not for a CPU, although another thread has that meanwhile. [S29] */
TEST(contended, time_in_hlt_is_not_stolen_beside_a_busy_thread, .budget_ms = BUDGET_MS)
{
	struct account before, after;

	smp_call_all(enable, NULL);
	take_account(&before);
	start_beside_spinner(sleep_until_told);
	timer_sleep(HALT_NS);
	end_beside_spinner();
	take_account(&after);
	expect_steal_is_run_delay(&before, &after);
}

/* From one reading of the mark to the other, vCPU 1 did not enter the guest: that would have advanced version. */
static bool steps_while_marked(u64 *taken)
{
	const struct kvm_steal_time *area = &areas[CONTENDED];
	u32 version = READ_ONCE(area->version);
	u64 before;

	if (READ_ONCE(area->preempted) != KVM_VCPU_PREEMPTED)
		return false;
	before = READ_ONCE(steps);
	pause();
	*taken = READ_ONCE(steps) - before;
	return READ_ONCE(area->preempted) == KVM_VCPU_PREEMPTED && READ_ONCE(area->version) == version;
}

/*
 * A guest that sees the mark does not interrupt the vCPU to flush its TLB, and does not wait for a lock that it holds. So the mark has
 * to be gone before the vCPU's next step. [S30]
 */
TEST(contended, a_vcpu_that_is_marked_takes_no_step, .budget_ms = BUDGET_MS)
{
	u64 start = timer_ns(), marked = 0, taken;

	smp_call_all(enable, NULL);
	steps = 0;
	start_beside_spinner(step_until_told);
	while (timer_ns() - start < (marked ? OBSERVE_NS : WAIT_MAX_MS * NS_PER_MS)) {
		if (!steps_while_marked(&taken))
			continue;
		marked++;
		if (taken)
			EXPECT_EQ(taken, 0ull);
	}
	end_beside_spinner();
	EXPECT_GT(steps, 0ull);
	EXPECT_TRUE(marked, "vCPU 1's preempted byte: got 0 for %u ms, want 1 in some", WAIT_MAX_MS);
}

static bool wait_for_mark(void)
{
	return timer_wait_until(READ_ONCE(areas[CONTENDED].preempted) == KVM_VCPU_PREEMPTED, WAIT_MAX_MS);
}

/* How long the byte has this value. */
static u64 time_of_byte(u8 value)
{
	u64 start = timer_ns();

	ASSERT_TRUE(timer_wait_until(READ_ONCE(areas[CONTENDED].preempted) != value, WAIT_MAX_MS),
		    "vCPU 1's preempted byte: got %u for %u ms, want another value", value, WAIT_MAX_MS);
	return timer_ns() - start;
}

/*
 * Half of the requests come right after the mark, where the host has just written it, and half around the end of the turn, which
 * takes about as long as the last one did: where the host takes them. Returns how many the host was asked for.
 */
static unsigned int ask_for_flushes(void)
{
	u64 end = timer_ns() + REQUESTS_MAX_MS * NS_PER_MS, turn_ns = NS_PER_MS;
	unsigned int asked = 0;

	for (unsigned int i = 0; asked < REQUESTS && timer_ns() < end && wait_for_mark(); i++) {
		u8 preempted = KVM_VCPU_PREEMPTED;

		if (i % 8 == 0) {
			turn_ns = time_of_byte(KVM_VCPU_PREEMPTED);
			continue;
		}
		if (i % 2)
			timer_spin(turn_ns / 32 * (24 + i / 2 % 10));
		if (!__atomic_compare_exchange_n(&areas[CONTENDED].preempted, &preempted,
						 KVM_VCPU_PREEMPTED | KVM_VCPU_FLUSH_TLB, false,
						 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		asked++;
		time_of_byte(KVM_VCPU_PREEMPTED | KVM_VCPU_FLUSH_TLB);
	}
	return asked;
}

/* The host counts a flush after it has taken the request, and before the vCPU's next step. */
static void wait_for_step(void)
{
	u64 seen = READ_ONCE(steps);

	ASSERT_TRUE(timer_wait_until(READ_ONCE(steps) != seen, WAIT_MAX_MS),
		    "got no step of vCPU 1 within %u ms, want one", WAIT_MAX_MS);
}

static u64 flushes_unasked(void)
{
	u64 before = kvm_count(KVM_COUNTER_TLB_FLUSHES);

	for (unsigned int i = 0; i < QUIET_TURNS && wait_for_mark(); i++)
		time_of_byte(KVM_VCPU_PREEMPTED);
	return kvm_count(KVM_COUNTER_TLB_FLUSHES) - before;
}

/*
 * vCPU 0 runs while the host marks vCPU 1, and takes the request. A host that reads the byte and zeroes it later, or marks twice,
 * loses some (CVE-2019-3016). KVM counts what it flushes, so this shows on hosts, too, where no translation outlives an exit. [T09]
 */
TEST(contended, the_host_flushes_as_often_as_it_was_asked, .budget_ms = BUDGET_MS,
     .needs.features = BIT(KVM_FEATURE_PV_TLB_FLUSH))
{
	u64 before = kvm_count(KVM_COUNTER_TLB_FLUSHES), flushes, unasked;
	unsigned int asked;

	smp_call_all(enable, NULL);
	start_beside_spinner(step_until_told);
	asked = ask_for_flushes();
	wait_for_step();
	flushes = kvm_count(KVM_COUNTER_TLB_FLUSHES) - before;
	unasked = flushes_unasked();
	end_beside_spinner();
	EXPECT_GE(flushes, (u64)asked);
	ktap_note("the host was asked for %u flushes, and made %lu", asked, (unsigned long)flushes);
	if (asked < REQUESTS_MIN)
		test_skip(UNMET_LUCK, "contention");
	if (unasked >= QUIET_TURNS)
		test_inert("the host flushes at each entry");
}

SUITE(contended, .contract = "msr.rst, MSR_KVM_STEAL_TIME; kvm_para.h, KVM_VCPU_FLUSH_TLB",
      .needs.features = BIT(KVM_FEATURE_STEAL_TIME), .needs.cpus = CPUS,
      .needs.conditions = NEED_CHANNEL | NEED_NO_XEN);
