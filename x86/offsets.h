/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where members lie that assembly uses, in bytes from the beginning of their structure. The file that defines the
 * structure, or is alone in using it, asserts each of them with OFFSET_IS().
 */
#ifndef X86_OFFSETS_H
#define X86_OFFSETS_H

/* struct cpu, to which GS points: x86/cpu/cpu.h */
#define CPU_STACK_TOP  0
#define CPU_RESCUE_RSP 16

/* struct tss: x86/cpu/segments.h */
#define TSS_RSP0 4

/* struct trap_frame: x86/cpu/trap.h */
#define TRAP_FRAME_VECTOR (15 * 8)
#define TRAP_FRAME_RIP	  (17 * 8)
#define TRAP_FRAME_SIZE	  (22 * 8)

/* trap_stubs[]: x86/cpu/trap.c */
#define TRAP_STUB_SIZE 16

/* struct hypercall_registers: x86/kvm/hypercall.h */
#define HYPERCALL_RAX	 (0 * 8)
#define HYPERCALL_RBX	 (1 * 8)
#define HYPERCALL_RCX	 (2 * 8)
#define HYPERCALL_RDX	 (3 * 8)
#define HYPERCALL_RSI	 (4 * 8)
#define HYPERCALL_RDI	 (5 * 8)
#define HYPERCALL_RBP	 (6 * 8)
#define HYPERCALL_R8	 (7 * 8)
#define HYPERCALL_R9	 (8 * 8)
#define HYPERCALL_R10	 (9 * 8)
#define HYPERCALL_R11	 (10 * 8)
#define HYPERCALL_R12	 (11 * 8)
#define HYPERCALL_R13	 (12 * 8)
#define HYPERCALL_R14	 (13 * 8)
#define HYPERCALL_R15	 (14 * 8)
#define HYPERCALL_RFLAGS (15 * 8)

#ifndef __ASSEMBLER__

#include <stddef.h>

#define OFFSET_IS(type, member, offset) \
	_Static_assert(offsetof(type, member) == (offset), "assembly uses this offset")

#endif
#endif
