/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls in general: the instruction, the registers, the privilege level, and unknown numbers.
 *
 * Contract: VMCALL on Intel's processors, VMMCALL on AMD's, at CPL 0 in any mode, with the number in RAX and
 *           arguments in RBX, RCX, RDX, RSI, give a result in RAX and change no other register.
 *           Unknown numbers give -KVM_ENOSYS, and all give -KVM_EPERM above CPL 0. Outside of
 *           64-bit mode KVM uses the low halves alone, and the result is 32 bits wide.
 * Source:   hypercalls.rst; arch/x86/kvm/x86.c, kvm_emulate_hypercall().
 * How:      mostly with KVM_HC_VAPIC_POLL_IRQ, which has no effect but an exit, and no feature
 *           bit.
 * Needs:    KVM, and for real mode a second vCPU.
 * Cannot show: which hypercalls belong to Hyper-V's interface once a guest has set its OS ID there.
 */
#include "x86/kvm/hypercall.h"

#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/cpu/user.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/i8237.h"

#define UNKNOWN_NUMBER 100

#define RFLAGS_ARITHMETIC 0x8d5 /* CF PF AF ZF SF OF */

/*
 * The kernel has tried one hypercall at its start, with an interrupt set to end it after a second, and once more with
 * four seconds. Hosts are known that patch the instruction and restart it without end.
 */
TEST(hypercall, returns)
{
	EXPECT_TRUE(hypercall_returns(),
		    "KVM_HC_VAPIC_POLL_IRQ: got a fault, or no return within four seconds, want 0");
}

/* This hypercall has no effect but its exit, and no feature bit, so it succeeds on every host. [H01] */
TEST(hypercall, polling_for_interrupts_succeeds, .needs.conditions = NEED_HYPERCALLS)
{
	EXPECT_EQ(hypercall(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0), 0);
}

/*
 * Numbers of other architectures, removed ones, and unassigned ones. In 64-bit mode KVM compares all 64 bits of RAX, so
 * a 1 above bit 31 makes another number. [H02 H05]
 */
TEST(hypercall, unknown_numbers_are_refused, .needs.conditions = NEED_HYPERCALLS)
{
	static const u64 numbers[] = {0,
				      KVM_HC_MMU_OP,
				      KVM_HC_FEATURES,
				      KVM_HC_PPC_MAP_MAGIC_PAGE,
				      KVM_HC_MIPS_GET_CLOCK_FREQ,
				      KVM_HC_MIPS_EXIT_VM,
				      KVM_HC_MIPS_CONSOLE_OUTPUT,
				      UNKNOWN_NUMBER,
				      BIT_ULL(31) | KVM_HC_VAPIC_POLL_IRQ,
				      BIT_ULL(32) | KVM_HC_VAPIC_POLL_IRQ,
				      BIT_ULL(63) | KVM_HC_VAPIC_POLL_IRQ,
				      ~0ull};

	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		s64 result = hypercall(numbers[i], 0, 0, 0, 0);

		EXPECT_TRUE(result == -KVM_ENOSYS, "number %#lx: got %ld, want %d", (unsigned long)numbers[i],
			    (long)result, -KVM_ENOSYS);
	}
}

static u64 hypercall_at_cpl_3(u64 number)
{
	return (u64)hypercall(number, 0, 0, 0, 0);
}

/* KVM checks the privilege level before the number. [H03] */
TEST(hypercall, cpl_3_may_do_none, .needs.conditions = NEED_HYPERCALLS)
{
	for (u64 number = 0; number <= KVM_HC_MAP_GPA_RANGE + 1; number++) {
		s64 result = (s64)user_call(hypercall_at_cpl_3, number);

		EXPECT_TRUE(result == -KVM_EPERM, "number %lu: got %ld, want %d", (unsigned long)number,
			    (long)result, -KVM_EPERM);
	}
}

static void expect_registers_kept(u64 number)
{
	static const char *const names[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8",
					    "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rflags"};
	union {
		struct hypercall_registers named;
		u64 all[ARRAY_SIZE(names)];
	} before, after;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		before.all[i] = 0x1122334455667788ull * (i + 1);
	before.named.rax = number;
	before.named.rflags = read_rflags() ^ RFLAGS_ARITHMETIC;
	after = before;
	hypercall_with_registers(&after.named);
	for (unsigned int i = 1; i < ARRAY_SIZE(names); i++)
		EXPECT_TRUE(after.all[i] == before.all[i],
			    "%s after the hypercall: got %#lx, want %#lx as before", names[i],
			    (unsigned long)after.all[i], (unsigned long)before.all[i]);
}

/* The result is in RAX, and guests' inline assembly declares no other register as changed. [H04] */
TEST(hypercall, no_register_but_rax_changes, .needs.conditions = NEED_HYPERCALLS)
{
	expect_registers_kept(KVM_HC_VAPIC_POLL_IRQ);
	expect_registers_kept(UNKNOWN_NUMBER);
}

/*
 * Outside of 64-bit mode KVM has to mask number and arguments to 32 bits, since the upper halves are undefined there.
 * [H05]
 */
TEST(hypercall, upper_halves_do_not_count_in_32_bit_code, .needs.conditions = NEED_HYPERCALLS)
{
	EXPECT_EQ(hypercall_from_32bit(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0), 0);
	EXPECT_EQ(hypercall_from_32bit(BIT_ULL(32) | KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0), 0);
	EXPECT_EQ(hypercall_from_32bit(UNKNOWN_NUMBER, 0, 0, 0, 0), (u32)-KVM_ENOSYS);
}

#define UPPER_HALF (~0ull << 32)
#define OTHER_TYPE 1 /* than KVM_CLOCK_PAIRING_WALLCLOCK */

static u64 pair_from_32bit(u64 upper)
{
	static struct kvm_clock_pairing pairing;

	return hypercall_from_32bit(KVM_HC_CLOCK_PAIRING, upper | (u64)&pairing,
				    upper | KVM_CLOCK_PAIRING_WALLCLOCK, upper, upper);
}

/*
 * The same holds for each argument. Of an address, and of the type of clock, KVM would see the upper half. A host may stop
 * to pair clocks, or begin to, between two calls. [H05]
 */
TEST(hypercall, upper_halves_of_arguments_do_not_count_in_32_bit_code, .needs.conditions = NEED_HYPERCALLS)
{
	u64 before = pair_from_32bit(0), result = pair_from_32bit(UPPER_HALF), after = pair_from_32bit(0);

	EXPECT_TRUE(result == before || result == after, "KVM_HC_CLOCK_PAIRING: got %#lx, want %#lx or %#lx",
		    (unsigned long)result, (unsigned long)before, (unsigned long)after);
	EXPECT_EQ(hypercall_from_32bit(KVM_HC_CLOCK_PAIRING, 0, OTHER_TYPE, 0, 0),
		  (u32)hypercall(KVM_HC_CLOCK_PAIRING, 0, OTHER_TYPE, 0, 0));
}

#define TEST_VECTOR FIRST_TEST_VECTOR

static volatile unsigned int interrupts;

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	apic_eoi();
	return true;
}

static s64 enable_interrupts_and_poll(void)
{
	s64 rax = KVM_HC_VAPIC_POLL_IRQ;

	if (hypercall_is_vmmcall())
		__asm__ volatile("sti; vmmcall" : "+a"(rax) : : "memory");
	else
		__asm__ volatile("sti; vmcall" : "+a"(rax) : : "memory");
	return rax;
}

/*
 * This is what number 1 is for. STI lets one more instruction pass before the pending interrupt: the hypercall, after
 * whose exit KVM has to look for interrupts. The interrupt must arrive at least once; one in two thousand arrives twice
 * where KVM runs under emulation, by QEMU's VMRUN. [H09]
 */
TEST(hypercall, pending_interrupt_is_taken_on_return, .needs.conditions = NEED_HYPERCALLS)
{
	interrupts = 0;
	trap_set_handler(TEST_VECTOR, on_interrupt);
	irq_disable();
	apic_send(apic_id(), TEST_VECTOR | APIC_INT_ASSERT);
	EXPECT_EQ(interrupts, 0u);
	EXPECT_EQ(enable_interrupts_and_poll(), 0);
	EXPECT_NE(interrupts, 0u);
}

/*
 * A vCPU begins at REAL_MODE_PAGE, free RAM below 1 MiB, with IP = 0. It finds the hypercall's number at the page's
 * end, and leaves the result there.
 */
#define REAL_MODE_PAGE (TRAMPOLINE_ADDRESS + PAGE_SIZE)
#define REAL_MODE_SIZE 32
#define REAL_MODE_CODE(name, instruction)  \
	__asm__(".pushsection .rodata\n"   \
		".code16\n" name ":\n"     \
		"	mov %cs:0xff8, %eax\n"   \
		"	" instruction "\n" \
		"	mov %eax, %cs:0xffc\n"   \
		"1:	hlt\n"                 \
		"	jmp 1b\n"                \
		".org " name " + 32\n"     \
		".code64\n"                \
		".popsection\n")

REAL_MODE_CODE("real_mode_vmcall", "vmcall");
REAL_MODE_CODE("real_mode_vmmcall", "vmmcall");
extern const u8 real_mode_vmcall[REAL_MODE_SIZE], real_mode_vmmcall[REAL_MODE_SIZE];

/* This takes microseconds, unless the vCPU has to wait for a CPU. */
static u32 hypercall_in_real_mode(u32 number)
{
	volatile u32 *given = (u32 *)(REAL_MODE_PAGE + 0xff8ull);
	volatile u32 *result = (u32 *)(REAL_MODE_PAGE + 0xffcull);

	memcpy((void *)REAL_MODE_PAGE, hypercall_is_vmmcall() ? real_mode_vmmcall : real_mode_vmcall,
	       REAL_MODE_SIZE);
	*given = number;
	*result = ~0u;
	smp_send_init(1);
	for (int i = 0; i < 2 && *result == ~0u; i++) {
		smp_send_startup(1, REAL_MODE_PAGE);
		timer_wait_until(*result != ~0u, APIC_DELIVERY_MS / 2);
	}
	return *result;
}

/*
 * A hypercall needs CPL 0 and no certain mode. In real mode KVM takes the low halves of the registers, as everywhere
 * but in 64-bit mode. [H08]
 */
TEST(hypercall, real_mode_can_call, .needs = {.cpus = 2, .conditions = NEED_HYPERCALLS})
{
	EXPECT_EQ(hypercall_in_real_mode(KVM_HC_VAPIC_POLL_IRQ), 0u);
	EXPECT_EQ(hypercall_in_real_mode(UNKNOWN_NUMBER), (u32)-KVM_ENOSYS);
}

static void poll(void)
{
	hypercall(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0);
}

static void call_unknown(void)
{
	hypercall(UNKNOWN_NUMBER, 0, 0, 0, 0);
}

/*
 * KVM serves these calls itself. If it returned to the VMM and set no exit reason, the VMM would act on that of the exit before, and
 * access the same device again. [H12]
 */
TEST(hypercall, no_device_is_accessed_again, .needs.conditions = NEED_HYPERCALLS)
{
	i8237_need();
	EXPECT_EQ(i8237_read_address_around(poll), I8237_SOME_ADDRESS);
	EXPECT_EQ(i8237_read_address_around(call_unknown), I8237_SOME_ADDRESS);
}

SUITE(hypercall, .contract = "hypercalls.rst", .needs.conditions = NEED_KVM);
