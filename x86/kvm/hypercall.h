/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM's hypercalls: number in RAX, arguments in RBX, RCX, RDX, RSI, result in RAX. Source: hypercalls.rst. */
#ifndef X86_KVM_HYPERCALL_H
#define X86_KVM_HYPERCALL_H

#include "lib/types.h"
#include "x86/offsets.h"

/* With the processor's own instruction, which hypercall_init() has found. A fault ends the test. */
s64 hypercall(u64 number, u64 a0, u64 a1, u64 a2, u64 a3);

/* All general registers, for tests of which registers a hypercall preserves. */
struct hypercall_registers {
	u64 rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15, rflags;
};

OFFSET_IS(struct hypercall_registers, rax, HYPERCALL_RAX);
OFFSET_IS(struct hypercall_registers, rbx, HYPERCALL_RBX);
OFFSET_IS(struct hypercall_registers, rcx, HYPERCALL_RCX);
OFFSET_IS(struct hypercall_registers, rdx, HYPERCALL_RDX);
OFFSET_IS(struct hypercall_registers, rsi, HYPERCALL_RSI);
OFFSET_IS(struct hypercall_registers, rdi, HYPERCALL_RDI);
OFFSET_IS(struct hypercall_registers, rbp, HYPERCALL_RBP);
OFFSET_IS(struct hypercall_registers, r8, HYPERCALL_R8);
OFFSET_IS(struct hypercall_registers, r9, HYPERCALL_R9);
OFFSET_IS(struct hypercall_registers, r10, HYPERCALL_R10);
OFFSET_IS(struct hypercall_registers, r11, HYPERCALL_R11);
OFFSET_IS(struct hypercall_registers, r12, HYPERCALL_R12);
OFFSET_IS(struct hypercall_registers, r13, HYPERCALL_R13);
OFFSET_IS(struct hypercall_registers, r14, HYPERCALL_R14);
OFFSET_IS(struct hypercall_registers, r15, HYPERCALL_R15);
OFFSET_IS(struct hypercall_registers, rflags, HYPERCALL_RFLAGS);

/* Load all registers but RSP, do the hypercall, store all of them. rflags says whether interrupts are on. */
void hypercall_with_registers(struct hypercall_registers *registers);

/*
 * From a 32-bit code segment, where the host uses only the low halves of registers. They hold number and arguments with
 * their upper halves nevertheless. Returns all of RAX.
 */
u64 hypercall_from_32bit(u64 number, u64 a0, u64 a1, u64 a2, u64 a3);

/* The last byte of the two instructions, 0f 01 c1 and 0f 01 d9. */
#define VMCALL_BYTE  0xc1
#define VMMCALL_BYTE 0xd9

/*
 * Find by trying which instruction is the processor's own. In a VM that was made for another vendor's processor, CPUID
 * names that vendor, and KVM replaces its instruction in memory by the processor's own (tests/hypercall_foreign.c). Some
 * hosts restart the instruction without end, so each try has a time limit, and the last one a longer one.
 */
void hypercall_init(void);

/* Does a hypercall return at all? If not, tests that need hypercalls fail without being run (x86/kvm/needs.c). */
bool hypercall_returns(void);

/* The processor's own instruction is VMMCALL, not VMCALL. If no hypercall returns: as CPUID's vendor says. */
bool hypercall_is_vmmcall(void);

#endif
