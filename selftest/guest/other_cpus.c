/* SPDX-License-Identifier: BSD-2-Clause */
/* Failures on another vCPU than the one that runs the test. */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"

static unsigned int steps;

static void fail_a_check(void *argument)
{
	(void)argument;
	EXPECT_EQ(this_cpu()->index, 0);
	steps = 1;
}

/*
 * > # selftest/guest/other_cpus.c:<n>: EXPECT_EQ(this_cpu()->index, 0): got 1, want 0 [on vCPU 1]
 * > not ok
 */
TEST(other_cpus, failing_check)
{
	EXPECT_TRUE(smp_call(1, fail_a_check, NULL), "the work did not return");
	EXPECT_EQ(steps, 1);
}

UNHARMED(other_cpus, after_failing_check)

static void fail_an_assertion(void *argument)
{
	(void)argument;
	ASSERT_EQ(this_cpu()->index, 0);
	steps = 2;
}

/*
 * The assertion ends only the work; the test sees that, and continues.
 * > # selftest/guest/other_cpus.c:<n>: ASSERT_EQ(this_cpu()->index, 0): got 1, want 0 [on vCPU 1]
 * > not ok
 */
TEST(other_cpus, failing_assertion)
{
	steps = 0;
	EXPECT_TRUE(!smp_call(1, fail_an_assertion, NULL), "the work returned");
	EXPECT_EQ(steps, 0);
}

UNHARMED(other_cpus, after_failing_assertion)

static void raise_exception(void *argument)
{
	(void)argument;
	__asm__ volatile("ud2");
}

/*
 * > # vCPU 1: unexpected #UD(0)
 * > # rip <hex> raise_exception+<hex>
 * > <registers>
 * > ...
 * > #   called from <hex> smp_ap_main+<hex>
 * > #   called from <hex> start64_ap+<hex>
 * > not ok
 */
TEST(other_cpus, exception)
{
	EXPECT_TRUE(!smp_call(1, raise_exception, NULL), "the work returned");
}

UNHARMED(other_cpus, after_exception)

__attribute__((noinline)) static u64 recurse(u64 depth)
{
	volatile u64 frame[64];

	frame[0] = depth;
	return depth ? recurse(depth - 1) + frame[0] : 0;
}

static void overflow_stack(void *argument)
{
	(void)argument;
	recurse(UINT64_MAX);
}

/*
 * > # vCPU 1: unexpected #DF(0)
 * > # rip <hex> recurse+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(other_cpus, stack_overflow)
{
	EXPECT_TRUE(!smp_call(1, overflow_stack, NULL), "the work returned");
}

UNHARMED(other_cpus, after_stack_overflow)

/*
 * > # vCPU 1: unexpected interrupt, vector 0x43, at rip <hex> <function>+<hex>
 * > not ok
 */
TEST(other_cpus, unexpected_interrupt)
{
	apic_send(smp_cpu(1)->apic_id, 0x43 | APIC_INT_ASSERT);
	timer_spin(10 * NS_PER_MS);
	EXPECT_TRUE(true, "the test continues");
}

UNHARMED(other_cpus, after_unexpected_interrupt)

static unsigned int at_work;

static void spin(void *argument)
{
	(void)argument;
	__atomic_store_n(&at_work, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
}

static void post_and_see_it_begin(void (*work)(void *argument))
{
	at_work = 0;
	smp_post(1, work, NULL);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(at_work), 1000), "vCPU 1 does not begin");
}

/*
 * Both vCPUs report.
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > # vCPU 1 still runs work of the test, which is over
 * > # vCPU 1: stopped by an NMI; the state was:
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > not ok
 * The NMI may hit the handler of a timer above spin().
 */
TEST(other_cpus, spin_that_the_test_waits_for, .budget_ms = 100)
{
	smp_call(1, spin, NULL);
}

UNHARMED(other_cpus, after_spin_that_the_test_waits_for)

/*
 * > # vCPU 1 still runs work of the test, which is over
 * > # vCPU 1: stopped by an NMI; the state was:
 * > # rip <hex> spin+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(other_cpus, spin_that_nobody_waits_for)
{
	post_and_see_it_begin(spin);
}

UNHARMED(other_cpus, after_spin_that_nobody_waits_for)

/*
 * > # x86/cpu/smp_work.c:<n>: ASSERT_TRUE(smp_idle(index)): got vCPU 1 at work already, want it idle [called from <here>]
 * > ...
 * > not ok
 */
TEST(other_cpus, work_for_one_that_has_some, .budget_ms = 500)
{
	post_and_see_it_begin(spin);
	smp_post(1, spin, NULL);
	EXPECT_TRUE(false, "the test continued");
}

UNHARMED(other_cpus, after_work_for_one_that_has_some)

static void spin_deaf(void *argument)
{
	irq_disable();
	spin(argument);
}

/*
 * > # vCPU 1 still runs work of the test, which is over
 * > # vCPU 1: stopped by an NMI; the state was:
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(other_cpus, spin_with_interrupts_off)
{
	post_and_see_it_begin(spin_deaf);
}

UNHARMED(other_cpus, after_spin_with_interrupts_off)

static void halt_deaf(void *argument)
{
	(void)argument;
	irq_disable();
	__atomic_store_n(&at_work, 1, __ATOMIC_SEQ_CST);
	for (;;)
		__asm__ volatile("hlt");
}

/*
 * > # vCPU 1 still runs work of the test, which is over
 * > # vCPU 1: stopped by an NMI; the state was:
 * > # rip <hex> halt_deaf+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(other_cpus, halt_with_interrupts_off)
{
	post_and_see_it_begin(halt_deaf);
}

UNHARMED(other_cpus, after_halt_with_interrupts_off)

/* A vCPU that waits for STARTUP is no failure; it is restarted without a message. */
TEST(other_cpus, left_in_init)
{
	smp_send_init(1);
	EXPECT_TRUE(true, "the test ends");
}

UNHARMED(other_cpus, after_left_in_init)

/*
 * INIT stops the work, which therefore never ends.
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(other_cpus, init_while_at_work, .budget_ms = 100)
{
	post_and_see_it_begin(spin);
	smp_send_init(1);
	smp_wait(1);
}

UNHARMED(other_cpus, after_init_while_at_work)

/* A test may do that, to see what INIT changes. */
TEST(other_cpus, init_and_startup)
{
	for (int i = 0; i < 10; i++)
		EXPECT_TRUE(smp_reinit(1), "vCPU 1 does not come back");
}

UNHARMED(other_cpus, after_init_and_startup)

/*
 * vCPU 1 no longer watches vCPU 0. The timer of vCPU 0 ends the test, because its interrupts are on.
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> other_cpus__all_hang+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(other_cpus, all_hang, .budget_ms = 100)
{
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		smp_post(i, spin_deaf, NULL);
	for (;;)
		pause();
}

UNHARMED(other_cpus, after_all_hang)

SUITE(other_cpus, .needs.cpus = 2);
