/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other vendor's hypercall instruction: VMMCALL on Intel, VMCALL on AMD, whichever vendor CPUID names.
 *
 * Contract: the host replaces it in memory by the processor's own instruction, and executes that. It
 *           writes with the guest's rights, so in read-only code the instruction raises #PF. A VMM
 *           may switch this off; then the instruction raises #UD, as on bare metal.
 * Source:   hypercalls.rst; api.rst, KVM_X86_QUIRK_FIX_HYPERCALL_INSN; arch/x86/kvm/x86.c,
 *           emulator_fix_hypercall().
 * How:      in a writable page of code, and in this kernel's code, which is read-only.
 * Needs:    hypercalls that return.
 * Cannot show: which of the two a VMM chose, unless the runner tells: foreign-hypercalls=.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"

#define RET 0xc3

#define PF_PRESENT BIT(0)
#define PF_WRITE   BIT(1)

static u8 native_byte(void)
{
	return hypercall_is_vmmcall() ? VMMCALL_BYTE : VMCALL_BYTE;
}

static u8 foreign_byte(void)
{
	return hypercall_is_vmmcall() ? VMCALL_BYTE : VMMCALL_BYTE;
}

/* Data, and so writable; the test makes it executable. */
static u8 code[PAGE_SIZE] ALIGNED(PAGE_SIZE);

static bool foreign_is_undefined;

static bool on_undefined(struct trap_frame *frame)
{
	if (frame->rip != (u64)code)
		return false;
	foreign_is_undefined = true;
	frame->rip += 3;
	return true;
}

static void expect_as_told(bool undefined)
{
	if (told.foreign_hypercalls != TOLD_NOTHING)
		EXPECT_EQ(undefined, told.foreign_hypercalls == TOLD_OFF);
}

/* Migration between vendors relies on this, and so do guests that know one of the two instructions only. [H06] */
TEST(hypercall_foreign, instruction_is_replaced_or_undefined)
{
	const u8 bytes[] = {0x0f, 0x01, foreign_byte(), RET};
	u64 rax = KVM_HC_VAPIC_POLL_IRQ;

	memcpy(code, bytes, sizeof(bytes));
	*paging_entry(code) &= ~PTE_NX;
	invlpg(code);
	foreign_is_undefined = false;
	trap_set_handler(UD_VECTOR, on_undefined);
	__asm__ volatile("call *%1" : "+a"(rax) : "r"(code) : "memory");
	EXPECT_EQ(code[2], foreign_is_undefined ? foreign_byte() : native_byte());
	EXPECT_EQ(rax, foreign_is_undefined ? KVM_HC_VAPIC_POLL_IRQ : 0);
	expect_as_told(foreign_is_undefined);
	test_observed("the instruction is %s", foreign_is_undefined ? "undefined" : "replaced");
}

/* Execute the foreign instruction in this kernel's own code, at *place. */
static fault_t run_foreign(u64 *place)
{
	FAULT_REGISTER(fault);
	u64 rax = KVM_HC_VAPIC_POLL_IRQ;

	if (hypercall_is_vmmcall())
		__asm__ volatile("lea 1f(%%rip), %2\n" FAULT_PROBE("vmcall")
				 : "+a"(rax), "+r"(fault), "=&r"(*place)
				 :
				 : "memory");
	else
		__asm__ volatile("lea 1f(%%rip), %2\n" FAULT_PROBE("vmmcall")
				 : "+a"(rax), "+r"(fault), "=&r"(*place)
				 :
				 : "memory");
	return (fault_t)fault;
}

/*
 * KVM replaces the instruction by a write of the guest's (emulator_write_emulated()), so in read-only code it has to
 * raise #PF and leave the bytes alone. [H07]
 */
TEST(hypercall_foreign, instruction_in_read_only_code_faults)
{
	u64 place;
	fault_t fault = run_foreign(&place);

	EXPECT_TRUE(fault == FAULT(PF_VECTOR, PF_PRESENT | PF_WRITE) || fault == FAULT(UD_VECTOR, 0),
		    "got %s, want #PF(0x3) or #UD(0)", fault_text(fault));
	if (fault_is(fault, PF_VECTOR))
		EXPECT_EQ(read_cr2(), place);
	EXPECT_EQ(((const u8 *)place)[2], foreign_byte());
	expect_as_told(fault_is(fault, UD_VECTOR));
	test_observed("it raises %s", fault_text(fault));
}

SUITE(hypercall_foreign, .contract = "hypercalls.rst; api.rst, KVM_X86_QUIRK_FIX_HYPERCALL_INSN",
      .needs.conditions = NEED_KVM | NEED_HYPERCALLS);
