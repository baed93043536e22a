/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM's hypercalls: number in RAX, arguments in RBX, RCX, RDX, RSI, result in RAX. Source: hypercalls.rst. */
#ifndef X86_KVM_HYPERCALL_H
#define X86_KVM_HYPERCALL_H

#include "lib/types.h"

/* With this processor's own instruction: VMCALL on Intel, VMMCALL on AMD. A fault ends the test. */
s64 hypercall(u64 number, u64 a0, u64 a1, u64 a2, u64 a3);

/* Every general register, for tests that look at what a hypercall leaves alone. */
struct hypercall_registers {
	u64 rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rflags;
};

/*
 * Load all of them, do the hypercall, store all of them. RSP alone is not the caller's to choose. Interrupts
 * stay as rflags had them.
 */
void hypercall_with_registers(struct hypercall_registers *registers);

/*
 * From a 32-bit code segment: only the low halves count; number's upper half is in RAX nevertheless. RAX as
 * 64-bit code finds it afterwards.
 */
u64 hypercall_from_32bit(u64 number, u32 a0, u32 a1, u32 a2, u32 a3);

/*
 * Does a hypercall return at all? Some hosts restart the instruction for ever. Tried once, with a bound;
 * x86/kvm/needs.c spares tests that need hypercalls the same experience.
 */
bool hypercall_returns(void);
void hypercall_init(void);

#endif
