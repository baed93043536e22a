/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU whose thread stands for a while, and nothing is told: as under a debugger, in a frozen cgroup, or with SIGSTOP.
 *
 * Contract: to the guest that is a vCPU that does not get a CPU, and no pause: the clock goes on, on all vCPUs the same, and
 *           GUEST_STOPPED stays clear. Timers, interrupts and kicks that come meanwhile arrive afterwards, once each.
 * Source:   Documentation/virt/kvm/api.rst, KVM_KVMCLOCK_CTRL, which a VMM has to call for a guest to learn that it was stopped;
 *           hypercalls.rst, KVM_HC_KICK_CPU; arch/x86/kvm/x86.c, record_steal_time().
 * How:      the guest asks the runner to stop one vCPU's thread while the others go on, or its own (x86/platform/channel_host.h).
 * Needs:    kvmclock, and the channel; most tests need three vCPUs.
 * Cannot show: what is lost in a moment that no stop of this run met.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/kvm/stood_events.h"
#include "x86/kvm/told.h"
#include "x86/platform/channel_host.h"
#include "x86/platform/port80.h"

#define STAND_MS   100
#define STAND_LONG 400
#define STANDS	   5
#define WAKE_MS	   2000
#define FLOOD_MS   5000 /* until an interrupt arrives, with a stop of its vCPU in between */
/* On a busy host a stop of 100 ms may take a second. */
#define MANY_STANDS_MS 30000
#define SLACK_NS(ns)   (2 * NS_PER_MS + (ns) / 100)
#define SUSPENDED      1
#define OTHER	       2
#define VECTOR	       FIRST_TEST_VECTOR

static struct kvm_steal_time steal;
static unsigned int taken, sent;
static bool ready, go, woke;

static void suspend(unsigned int cpu)
{
	struct channel_pause stood;

	channel_suspend(cpu, STAND_MS, &stood);
	EXPECT_GE(stood.stood_ns, STAND_MS * NS_PER_MS);
}

/* Skips the test where the runner cannot stop a thread, before other vCPUs work. */
static void need_suspension(void)
{
	struct channel_pause stood;

	channel_suspend(0, 1, &stood);
}

static void register_area(void *unused)
{
	memset(pvclock_own_area(), 0, sizeof(*pvclock_own_area()));
	pvclock_use_new(unused);
}

static void expect_no_flag(void *unused)
{
	(void)unused;
	exit_to_userspace();
	EXPECT_EQ(READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_GUEST_STOPPED, 0);
}

/* Only a VMM that stops the VM says so. The guest's watchdog has to learn of a vCPU that does not run. [K64] */
TEST(suspended, no_vcpu_is_told_that_it_was_stopped)
{
	smp_call_all(register_area, NULL);
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		suspend(i);
	smp_call_all(expect_no_flag, NULL);
}

/* The time of the VM is one for all vCPUs, so it cannot stand with one of them. [K64] */
TEST(suspended, the_clock_goes_on)
{
	struct channel_pause stood;
	u64 tsc, clock, later_tsc, later, slack;

	pvclock_use_new(NULL);
	clock = stood_read_both(&tsc);
	channel_suspend(0, STAND_LONG, &stood);
	later = stood_read_both(&later_tsc);
	slack = SLACK_NS(later_tsc - tsc);
	EXPECT_GE(later_tsc - tsc + slack, stood.stood_ns);
	EXPECT_LE(later - clock, later_tsc - tsc + slack);
	EXPECT_GE(later - clock + slack, later_tsc - tsc);
}

static u64 latest, behind;

static void raise(u64 *value, u64 to)
{
	u64 old = __atomic_load_n(value, __ATOMIC_SEQ_CST);

	while (old < to &&
	       !__atomic_compare_exchange_n(value, &old, to, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

static void compare_readings(void *argument)
{
	(void)argument;
	while (!READ_ONCE(go)) {
		u64 seen = __atomic_load_n(&latest, __ATOMIC_SEQ_CST), now = pvclock_now(pvclock_own_area());

		if (now < seen)
			raise(&behind, seen - now);
		raise(&latest, now);
		WRITE_ONCE(ready, true);
	}
}

/* The other vCPU reads on meanwhile, and what the first one reads then is later. [K64] */
TEST(suspended, the_vcpus_clocks_agree_afterwards, .budget_ms = MANY_STANDS_MS, .needs.cpus = 3)
{
	pvclock_require_stable(3);
	need_suspension();
	latest = behind = 0;
	ready = go = false;
	smp_post(SUSPENDED, compare_readings, NULL);
	smp_post(OTHER, compare_readings, NULL);
	for (int i = 0; i < STANDS; i++)
		suspend(SUSPENDED);
	WRITE_ONCE(go, true);
	smp_wait(SUSPENDED);
	smp_wait(OTHER);
	EXPECT_TRUE(ready, "got no reading, want some");
	EXPECT_EQ(behind, 0ull);
}

/*
 * KVM counts what the thread waited for a CPU while it wanted one. A thread that is stopped does not want one, so either may be
 * counted, and no more. [S28]
 */
TEST(suspended, no_more_than_the_stop_is_stolen, .needs.features = BIT(KVM_FEATURE_STEAL_TIME),
     .needs.conditions = NEED_NO_XEN)
{
	struct channel_pause stood;
	u64 began, before, stolen, took;

	steal = (struct kvm_steal_time){0};
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	began = timer_ns();
	exit_to_userspace();
	before = READ_ONCE(steal.steal);
	channel_suspend(0, STAND_LONG, &stood);
	exit_to_userspace();
	stolen = READ_ONCE(steal.steal) - before;
	took = timer_ns() - began;
	EXPECT_LE(stolen, took + SLACK_NS(took));
	if (stolen < stood.stood_ns / 2)
		test_observed("time in which a vCPU's thread is stopped is not stolen");
	else if (stolen >= stood.stood_ns)
		test_observed("time in which a vCPU's thread is stopped is stolen");
}

static bool count_interrupt(struct trap_frame *frame)
{
	(void)frame;
	WRITE_ONCE(taken, taken + 1);
	apic_eoi();
	return true;
}

/* With interrupts on. */
static void spin_until_told(void *argument)
{
	(void)argument;
	WRITE_ONCE(ready, true);
	while (!READ_ONCE(go))
		pause();
}

/* Each is sent when the one before has arrived, so that none may coalesce. */
static void flood(void *argument)
{
	(void)argument;
	for (; !READ_ONCE(go); WRITE_ONCE(sent, sent + 1)) {
		apic_send(smp_cpu(SUSPENDED)->apic_id, APIC_INT_ASSERT | VECTOR);
		if (!timer_wait_until(READ_ONCE(taken) > sent, FLOOD_MS))
			return;
	}
	WRITE_ONCE(woke, true);
}

static void start(void (*work)(void *argument))
{
	need_suspension();
	ready = go = woke = false;
	smp_post(SUSPENDED, work, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready), WAKE_MS),
		    "got vCPU %u not started after %u ms, want it running", SUSPENDED, WAKE_MS);
}

/* A busy host may let the sender wait for its CPU. It ends by itself where an interrupt is lost. */
static void wait_for_flood(unsigned int interrupts)
{
	timer_wait_until(READ_ONCE(sent) > interrupts || smp_idle(OTHER), FLOOD_MS);
}

/* They come while the thread is outside of KVM, which has to deliver them when it is back. */
TEST(suspended, no_interrupt_is_lost, .budget_ms = MANY_STANDS_MS, .needs.cpus = 3)
{
	taken = sent = 0;
	trap_set_handler(VECTOR, count_interrupt);
	start(spin_until_told);
	smp_post(OTHER, flood, NULL);
	for (unsigned int i = 0; i < STANDS && !smp_idle(OTHER); i++) {
		wait_for_flood(i);
		suspend(SUSPENDED);
	}
	wait_for_flood(STANDS);
	WRITE_ONCE(go, true);
	smp_wait(OTHER);
	smp_wait(SUSPENDED);
	EXPECT_TRUE(woke, "got no interrupt %u within %u ms, want one", sent + 1, FLOOD_MS);
	EXPECT_GT(sent, (unsigned int)STANDS);
	EXPECT_LE(taken, told_interrupts_max(sent));
}

/* It runs out while the thread stands, or later. */
TEST(suspended, timers_fire, .budget_ms = MANY_STANDS_MS, .needs.cpus = 2)
{
	static const u64 times[] = {STAND_MS * NS_PER_MS / 2, 3 * STAND_MS * NS_PER_MS};

	need_suspension();
	for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
		u64 ns = times[i];

		stood_start_sleeper(&ns);
		suspend(SUSPENDED);
		ASSERT_TRUE(timer_wait_until(stood_sleeper_woke(), 3 * STAND_MS + WAKE_MS),
			    "a timer of %u ms: got no interrupt within %u ms after the stop, want one",
			    (unsigned int)(ns / NS_PER_MS), 3 * STAND_MS + WAKE_MS);
		smp_wait(SUSPENDED);
		EXPECT_GE(stood_slept_ns(), ns);
	}
}

/* With interrupts off: only a kick ends the HLT. vCPU 0's watchdog is for both. */
static void halt(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(ready, true);
	cpu_halt();
	WRITE_ONCE(woke, true);
}

/* Half of the stop later, as the runner and QEMU take their time before it begins. */
static void kick_later(void *argument)
{
	(void)argument;
	timer_spin(STAND_LONG * NS_PER_MS / 2);
	EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(SUSPENDED)->apic_id, 0, 0), 0);
}

/* The halted thread leaves KVM, and has to come back as that of a halted vCPU, with the kick that came meanwhile. [U17] */
TEST(suspended, a_kick_meanwhile_ends_the_halt, .needs.features = BIT(KVM_FEATURE_PV_UNHALT), .needs.cpus = 3,
     .needs.conditions = NEED_HYPERCALLS | NEED_HLT_EXITS)
{
	struct channel_pause stood;

	start(halt);
	timer_spin(NS_PER_MS);
	smp_post(OTHER, kick_later, NULL);
	channel_suspend(SUSPENDED, STAND_LONG, &stood);
	smp_wait(OTHER);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(woke), WAKE_MS),
		    "got no end of vCPU %u's HLT within %u ms, want one", SUSPENDED, WAKE_MS);
	smp_wait(SUSPENDED);
}

SUITE(suspended, .contract = "api.rst, KVM_KVMCLOCK_CTRL; msr.rst; hypercalls.rst",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2), .needs.conditions = NEED_CHANNEL);
