/* SPDX-License-Identifier: BSD-2-Clause */
/* Unexpected exceptions and interrupts. */
#include "lib/test.h"
#include "selftest/guest/unharmed.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"

#define NON_CANONICAL	 ((volatile u32 *)0x8000000000000000)
#define BEYOND_THE_TABLE 0x48
#define LONG_ENOUGH	 (10 * NS_PER_MS) /* for an interrupt to arrive */

/* Not inlined, so that the backtrace has calls to show. */
#define KEPT __attribute__((noinline))

extern u8 rodata_start[];

KEPT static void inner(void)
{
	volatile int on_the_stack = 0;

	(void)on_the_stack;
	__asm__ volatile("ud2");
}

KEPT static void outer(void)
{
	inner();
}

/*
 * > # vCPU 0: unexpected #UD(0)
 * > # rip <hex> inner+<hex>
 * > <registers>
 * > #   called from <hex> outer+<hex>
 * > #   called from <hex> exceptions__invalid_opcode+<hex>
 * > #   called from <hex> call_body+<hex>
 * > #   called from <hex> rescue_run+<hex>
 * > ...
 * > #   called from <hex> kernel_main+<hex>
 * > #   called from <hex> start64+<hex>
 * > not ok
 */
TEST(exceptions, invalid_opcode)
{
	outer();
	EXPECT_TRUE(false, "the test continued");
}

UNHARMED(exceptions, after_invalid_opcode)

/*
 * > # vCPU 0: unexpected #UD(0)
 * > # rip <hex> exceptions__registers_are_shown+<hex>
 * > # rax 0000000000000001 rbx 0000000000000002 rcx 0000000000000003 rdx 0000000000000004
 * > # rsi 0000000000000005 rdi 0000000000000006 rbp <hex> rsp <hex>
 * > # r8  0000000000000008 r9  0000000000000009 r10 fedcba987654320a r11 000000000000000b
 * > # r12 000000000000000c r13 000000000000000d r14 000000000000000e r15 000000000000000f
 * > # cs 8 ss 10 rflags <hex> cr2 <hex>
 * > ...
 * > not ok
 */
TEST(exceptions, registers_are_shown)
{
	__asm__ volatile(
		"mov $1, %%eax; mov $2, %%ebx; mov $3, %%ecx; mov $4, %%edx; mov $5, %%esi; mov $6, %%edi\n"
		"mov $8, %%r8d; mov $9, %%r9d; mov $0xfedcba987654320a, %%r10; mov $0xb, %%r11d\n"
		"mov $0xc, %%r12d; mov $0xd, %%r13d; mov $0xe, %%r14d; mov $0xf, %%r15d\n"
		"push $0x202; popf; ud2"
		:
		:
		: "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
		  "r15", "cc", "memory");
}

UNHARMED(exceptions, after_registers_are_shown)

/*
 * > # vCPU 0: unexpected #GP(0)
 * > # rip <hex> exceptions__non_canonical_address+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, non_canonical_address)
{
	*NON_CANONICAL = 1;
}

UNHARMED(exceptions, after_non_canonical_address)

/*
 * > # vCPU 0: unexpected #GP(0x48)
 * > # rip <hex> exceptions__selector_beyond_the_table+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, selector_beyond_the_table)
{
	__asm__ volatile("mov %w0, %%es" : : "r"(BEYOND_THE_TABLE));
}

UNHARMED(exceptions, after_selector_beyond_the_table)

/*
 * > # vCPU 0: unexpected #PF(0) at address 0x18
 * > # rip <hex> exceptions__null_pointer+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, null_pointer)
{
	__asm__ volatile("mov 0x18, %%eax" : : : "eax");
}

UNHARMED(exceptions, after_null_pointer)

/*
 * > # vCPU 0: unexpected #PF(0x3) at address <hex>
 * > # rip <hex> exceptions__write_to_code+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, write_to_code)
{
	*(volatile u8 *)outer = 0xc3;
}

UNHARMED(exceptions, after_write_to_code)

/*
 * > # vCPU 0: unexpected #PF(0x3) at address <hex>
 * > # rip <hex> exceptions__write_to_constant_data+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, write_to_constant_data)
{
	*(volatile u8 *)rodata_start = 0;
}

/*
 * > # vCPU 0: unexpected #PF(0x11) at address <hex>
 * > # rip <hex> ?+0
 * > <registers>
 * > #   called from <hex> exceptions__data_is_not_executed+<hex>
 * > ...
 * > not ok
 */
TEST(exceptions, data_is_not_executed)
{
	static u8 code[] = {0xc3};
	void (*function)(void) = (void (*)(void))(u64)code;

	function();
}

UNHARMED(exceptions, after_data_is_not_executed)

/*
 * > # vCPU 0: unexpected #PF(0x10) at address 0
 * > # rip 0 ?+0
 * > <registers>
 * > #   called from <hex> exceptions__call_of_null+<hex>
 * > ...
 * > not ok
 */
TEST(exceptions, call_of_null)
{
	void (*function)(void) = NULL;

	__asm__("" : "+r"(function)); /* the compiler is not to know */
	function(); /* cppcheck-suppress nullPointer */
}

UNHARMED(exceptions, after_call_of_null)

/*
 * > # vCPU 0: unexpected #DE(0)
 * > # rip <hex> exceptions__division_by_zero+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, division_by_zero)
{
	__asm__ volatile("xor %%ecx, %%ecx; div %%ecx" : : : "eax", "ecx", "edx", "cc");
}

UNHARMED(exceptions, after_division_by_zero)

/*
 * > # vCPU 0: unexpected #DB(0)
 * > # rip <hex> exceptions__single_step+<hex>
 * > <registers>
 * > ...
 * > not ok
 */
TEST(exceptions, single_step)
{
	__asm__ volatile("pushf; orl $0x100, (%%rsp); popf; nop; nop" : : : "cc", "memory");
}

UNHARMED(exceptions, after_single_step)

KEPT static u64 recurse(u64 depth)
{
	volatile u64 frame[64];

	frame[0] = depth;
	return depth ? recurse(depth - 1) + frame[0] : 0;
}

/*
 * The #PF at the guard page cannot push its frame.
 * > # vCPU 0: unexpected #DF(0)
 * > # rip <hex> recurse+<hex>
 * > <registers>
 * > #   called from <hex> recurse+<hex>
 * > #   called from <hex> recurse+<hex>
 * > ...
 * > not ok
 */
TEST(exceptions, stack_overflow)
{
	recurse(UINT64_MAX);
}

UNHARMED(exceptions, after_stack_overflow)

static bool faulting_handler(struct trap_frame *frame)
{
	(void)frame;
	inner();
	return true;
}

/*
 * The interrupt stays in service until the kernel ends it.
 * > # vCPU 0: unexpected #UD(0)
 * > # rip <hex> inner+<hex>
 * > <registers>
 * > #   called from <hex> faulting_handler+<hex>
 * > #   called from <hex> trap_dispatch+<hex>
 * > ...
 * > not ok
 */
TEST(exceptions, exception_in_an_interrupt_handler)
{
	trap_set_handler(FIRST_TEST_VECTOR, faulting_handler);
	apic_send(this_cpu()->apic_id, FIRST_TEST_VECTOR | APIC_INT_ASSERT);
	timer_spin(LONG_ENOUGH);
	EXPECT_TRUE(false, "the test continued");
}

UNHARMED(exceptions, after_exception_in_an_interrupt_handler)

/*
 * > # vCPU 0: unexpected interrupt, vector 0x41, at rip <hex> <function>+<hex>
 * > not ok
 */
TEST(exceptions, unexpected_interrupt)
{
	apic_send(this_cpu()->apic_id, 0x41 | APIC_INT_ASSERT);
	timer_spin(LONG_ENOUGH);
	EXPECT_TRUE(true, "the test continues");
}

/*
 * The test does not wait for it, but it counts as this test's.
 * > # vCPU 0: unexpected interrupt, vector 0x42, at rip <hex> <function>+<hex>
 * > not ok
 */
TEST(exceptions, interrupt_that_is_pending_at_the_end)
{
	irq_disable();
	apic_send(this_cpu()->apic_id, 0x42 | APIC_INT_ASSERT);
	EXPECT_TRUE(timer_wait_until(apic_vector_bit(APIC_IRR, 0x42), 1000), "no interrupt is pending");
}

UNHARMED(exceptions, after_unexpected_interrupts)

SUITE(exceptions);
