/* SPDX-License-Identifier: BSD-2-Clause */
#include "selftest/guest/unharmed.h"

#include "x86/cpu/apic.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/cpu/user.h"

#define VECTOR		   FIRST_TEST_VECTOR
#define NON_CANONICAL	   ((const void *)0x8000000000000000)
#define ISR_REGISTERS	   8
#define LONGER_THAN_AN_IPI 1000 /* ms; a vCPU may be off its CPU for a while */

static unsigned int interrupts;

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	__atomic_fetch_add(&interrupts, 1, __ATOMIC_SEQ_CST);
	apic_eoi();
	return true;
}

static u64 increment(u64 value)
{
	return value + 1;
}

/* Each test begins at the same address of the stack, unless a rescue has lost some bytes. */
static void check_stack(u64 *first)
{
	u64 here = (u64)__builtin_frame_address(0);

	if (!*first)
		*first = here;
	EXPECT_EQ(here, *first);
}

static void check_processor(void *stack)
{
	u64 value;

	check_stack(stack);
	EXPECT_TRUE(irq_enabled(), "interrupts are off");
	EXPECT_FAULT(GP_VECTOR, fault_read_u64(NON_CANONICAL, &value));
	for (u32 reg = 0; reg < ISR_REGISTERS; reg++)
		EXPECT_EQ(apic_read(APIC_ISR + reg * 0x10), 0);

	interrupts = 0;
	apic_send(this_cpu()->apic_id, VECTOR | APIC_INT_ASSERT);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(interrupts), LONGER_THAN_AN_IPI), "no interrupt came");
	EXPECT_EQ(interrupts, 1);
	timer_sleep(NS_PER_MS);
	EXPECT_EQ(user_call(increment, 41), 42);
}

void unharmed(void)
{
	static u64 stacks[16];

	trap_set_handler(VECTOR, on_interrupt);
	check_processor(&stacks[0]);
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		EXPECT_TRUE(smp_call(i, check_processor, &stacks[i]), "the work on vCPU %u did not return",
			    i);
}
