/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that hang with interrupts on: the APIC timer ends them. */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> hangs__spin_with_interrupts_on+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(hangs, spin_with_interrupts_on, .budget_ms = 100)
{
	for (;;)
		pause();
}

UNHARMED(hangs, after_spin_with_interrupts_on)

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> hangs__halt_with_interrupts_on+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(hangs, halt_with_interrupts_on, .budget_ms = 100)
{
	for (;;)
		irq_enable_and_halt();
}

UNHARMED(hangs, after_halt_with_interrupts_on)

/*
 * timer_sleep() uses the same timer, and must not delay the watchdog.
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > #   called from <hex> hangs__sleep_for_ever+<hex>
 * > ...
 * > not ok
 */
TEST(hangs, sleep_for_ever, .budget_ms = 100)
{
	for (;;)
		timer_sleep(30 * NS_PER_MS);
}

UNHARMED(hangs, after_sleep_for_ever)

static bool mend_nothing(struct trap_frame *frame)
{
	(void)frame;
	return true;
}

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(hangs, fault_again_and_again, .budget_ms = 100)
{
	trap_set_handler(UD_VECTOR, mend_nothing);
	__asm__ volatile("ud2");
}

UNHARMED(hangs, after_fault_again_and_again)

SUITE(hangs);
