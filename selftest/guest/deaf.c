/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests that hang with interrupts off. Only an NMI ends them: from the watcher (vCPU 1), or from the PIT if there is
 * only one vCPU.
 */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> deaf__spin_with_interrupts_off+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(deaf, spin_with_interrupts_off, .budget_ms = 100)
{
	irq_disable();
	for (;;)
		pause();
}

UNHARMED(deaf, after_spin_with_interrupts_off)

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> deaf__halt_with_interrupts_off+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(deaf, halt_with_interrupts_off, .budget_ms = 100)
{
	irq_disable();
	for (;;)
		__asm__ volatile("hlt");
}

UNHARMED(deaf, after_halt_with_interrupts_off)

static bool hang(struct trap_frame *frame)
{
	while (frame)
		pause();
	return true;
}

/*
 * The interrupt stays in service until the kernel ends it.
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> hang+<hex>
 * > <registers>
 * > ...
 * > #   called from <hex> trap_common+<hex>
 * > ...
 * > not ok
 */
TEST(deaf, spin_in_an_interrupt_handler, .budget_ms = 100)
{
	trap_set_handler(FIRST_TEST_VECTOR, hang);
	apic_send(this_cpu()->apic_id, FIRST_TEST_VECTOR | APIC_INT_ASSERT);
	timer_spin(NS_PER_MS);
}

UNHARMED(deaf, after_spin_in_an_interrupt_handler)

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> hang+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(deaf, spin_in_an_exception_handler, .budget_ms = 100)
{
	trap_set_handler(UD_VECTOR, hang);
	__asm__ volatile("ud2");
}

UNHARMED(deaf, after_spin_in_an_exception_handler)

/*
 * > # vCPU 0: unexpected NMI, perhaps from outside the VM; the state was:
 * > # rip <hex> <function>+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(deaf, nmi_that_nobody_expects)
{
	apic_send(this_cpu()->apic_id, APIC_DM_NMI | APIC_INT_ASSERT);
	timer_spin(100 * NS_PER_MS);
	EXPECT_TRUE(true, "the test continues");
}

UNHARMED(deaf, after_nmi_that_nobody_expects)

static unsigned int nmis;

static bool count_nmi(struct trap_frame *frame)
{
	(void)frame;
	nmis++;
	return true;
}

/* A test's own NMIs go to its handler, and are not taken for the watchdog's. */
TEST(deaf, nmi_that_the_test_expects)
{
	trap_set_handler(NMI_VECTOR, count_nmi);
	apic_send(this_cpu()->apic_id, APIC_DM_NMI | APIC_INT_ASSERT);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(nmis), 1000), "no NMI came");
	timer_spin(100 * NS_PER_MS);
	EXPECT_EQ(nmis, 1);
}

SUITE(deaf);
