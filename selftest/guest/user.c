/* SPDX-License-Identifier: BSD-2-Clause */
/* Code at CPL 3: its results, and the exceptions that end it. */
#include "x86/cpu/user.h"
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"

/* Only the level: some hosts show another selector. */
static u64 privilege_level(u64 unused)
{
	u16 cs;

	(void)unused;
	__asm__ volatile("mov %%cs, %0" : "=r"(cs));
	return cs & 3;
}

TEST(user, returns_its_result)
{
	EXPECT_EQ(user_call(privilege_level, 0), 3);
	EXPECT_EQ(privilege_level(0), 0);
}

static u64 probe_msr(u64 msr)
{
	u64 value;

	return rdmsr_safe((u32)msr, &value);
}

static u64 probe_memory(u64 address)
{
	u64 value;

	return fault_read_u64((const void *)address, &value);
}

/* Bit 2 of a #PF's error code says that it came from CPL 3. */
TEST(user, probes_work)
{
	EXPECT_EQ(user_call(probe_msr, MSR_IA32_TSC), FAULT(GP_VECTOR, 0));
	EXPECT_EQ(user_call(probe_memory, 0), FAULT(PF_VECTOR, 4));
	EXPECT_EQ(user_call(probe_memory, (u64)&probe_memory), 0);
}

static u64 raise_exception(u64 unused)
{
	(void)unused;
	__asm__ volatile("ud2");
	return 0;
}

/*
 * > # vCPU 0: unexpected #UD(0)
 * > # rip <hex> raise_exception+<hex>
 * > ...
 * > # cs 2b ss 23 rflags <hex> cr2 <hex>
 * > ...
 * > not ok
 */
TEST(user, exception)
{
	user_call(raise_exception, 0);
}

UNHARMED(user, after_exception)

static u64 disable_interrupts(u64 unused)
{
	(void)unused;
	irq_disable();
	return 0;
}

/*
 * > # vCPU 0: unexpected #GP(0)
 * > # rip <hex> disable_interrupts+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(user, privileged_instruction)
{
	user_call(disable_interrupts, 0);
}

UNHARMED(user, after_privileged_instruction)

__attribute__((noinline)) static u64 recurse(u64 depth)
{
	volatile u64 frame[64];

	frame[0] = depth;
	return depth ? recurse(depth - 1) + frame[0] : 0;
}

/*
 * The stack of CPL 3 has a guard page, too. The report uses another stack, so this is an ordinary #PF.
 * > # vCPU 0: unexpected #PF(0x6) at address <hex>
 * > # rip <hex> recurse+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(user, stack_overflow)
{
	user_call(recurse, UINT64_MAX);
}

UNHARMED(user, after_stack_overflow)

static u64 spin(u64 for_ever)
{
	while (READ_ONCE(for_ever))
		pause();
	return 0;
}

/*
 * > # vCPU 0: watchdog: the test did not finish within 100 ms
 * > # rip <hex> spin+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(user, spin_with_interrupts_on, .budget_ms = 100)
{
	user_call(spin, 1);
}

UNHARMED(user, after_spin_with_interrupts_on)

static unsigned int interrupts;

static bool on_interrupt(struct trap_frame *frame)
{
	EXPECT_EQ(frame->cs, USER_CS);
	apic_eoi();
	__atomic_store_n(&interrupts, interrupts + 1, __ATOMIC_SEQ_CST);
	return true;
}

static void send_interrupt(void *ready)
{
	while (!READ_ONCE(*(unsigned int *)ready))
		pause();
	apic_send(smp_cpu(0)->apic_id, FIRST_TEST_VECTOR | APIC_INT_ASSERT);
}

static u64 wait_for_interrupt(u64 ready)
{
	WRITE_ONCE(*(unsigned int *)ready, 1);
	while (!READ_ONCE(interrupts))
		pause();
	return interrupts;
}

TEST(user, is_interrupted_and_goes_on, .needs.cpus = 2)
{
	static unsigned int ready;

	trap_set_handler(FIRST_TEST_VECTOR, on_interrupt);
	smp_post(1, send_interrupt, &ready);
	EXPECT_EQ(user_call(wait_for_interrupt, (u64)&ready), 1);
	EXPECT_TRUE(smp_wait(1), "the work on vCPU 1 did not return");
}

static void call_on_other(void *result)
{
	*(u64 *)result = user_call(privilege_level, 0);
}

TEST(user, runs_on_another_vcpu, .needs.cpus = 2)
{
	u64 result = 0;

	EXPECT_TRUE(smp_call(1, call_on_other, &result), "the work on vCPU 1 did not return");
	EXPECT_EQ(result, 3);
}

SUITE(user);
