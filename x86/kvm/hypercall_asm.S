/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypercall instructions of both vendors, from 64-bit and from 32-bit code; see x86/kvm/hypercall.h. */
#include "x86/cpu/processor.h"
#include "x86/offsets.h"

	.text
	.code64

/* RDI = struct hypercall_registers; it is kept on the stack meanwhile. */
.macro hypercall_function name, instruction
	.globl \name
\name:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	push %rdi
	push HYPERCALL_RFLAGS(%rdi)
	popf
	mov HYPERCALL_RAX(%rdi), %rax
	mov HYPERCALL_RBX(%rdi), %rbx
	mov HYPERCALL_RCX(%rdi), %rcx
	mov HYPERCALL_RDX(%rdi), %rdx
	mov HYPERCALL_RSI(%rdi), %rsi
	mov HYPERCALL_RBP(%rdi), %rbp
	mov HYPERCALL_R8(%rdi), %r8
	mov HYPERCALL_R9(%rdi), %r9
	mov HYPERCALL_R10(%rdi), %r10
	mov HYPERCALL_R11(%rdi), %r11
	mov HYPERCALL_R12(%rdi), %r12
	mov HYPERCALL_R13(%rdi), %r13
	mov HYPERCALL_R14(%rdi), %r14
	mov HYPERCALL_R15(%rdi), %r15
	mov HYPERCALL_RDI(%rdi), %rdi
	\instruction
	xchg %rdi, (%rsp)	/* RDI after the hypercall goes to the stack; RDI = the structure again */
	pushf
	mov %rax, HYPERCALL_RAX(%rdi)
	mov %rbx, HYPERCALL_RBX(%rdi)
	mov %rcx, HYPERCALL_RCX(%rdi)
	mov %rdx, HYPERCALL_RDX(%rdi)
	mov %rsi, HYPERCALL_RSI(%rdi)
	mov %rbp, HYPERCALL_RBP(%rdi)
	mov %r8, HYPERCALL_R8(%rdi)
	mov %r9, HYPERCALL_R9(%rdi)
	mov %r10, HYPERCALL_R10(%rdi)
	mov %r11, HYPERCALL_R11(%rdi)
	mov %r12, HYPERCALL_R12(%rdi)
	mov %r13, HYPERCALL_R13(%rdi)
	mov %r14, HYPERCALL_R14(%rdi)
	mov %r15, HYPERCALL_R15(%rdi)
	pop HYPERCALL_RFLAGS(%rdi)
	pop HYPERCALL_RDI(%rdi)
	cld
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
.endm

/*
 * RDI = number, RSI, RDX, RCX, R8 = arguments, with their upper halves, which 32-bit code cannot read or change. Stacks lie
 * below 4 GiB, so ESP is RSP.
 */
.macro hypercall_function_32 name, instruction
	.globl \name
\name:
	push %rbx
	mov %rdi, %rax
	mov %rsi, %rbx
	mov %r8, %rsi
	xchg %rcx, %rdx		/* now RCX = third C argument, a1; RDX = fourth, a2 */
	sub $16, %rsp
	movl $KERNEL_CS, 12(%rsp)
	movl $2f, 8(%rsp)
	movl $KERNEL_CS32, 4(%rsp)
	movl $1f, (%rsp)
	lretl
	.code32
1:	\instruction
	lretl
	.code64
2:	pop %rbx
	ret
.endm

	hypercall_function hypercall_vmcall, vmcall
	hypercall_function hypercall_vmmcall, vmmcall
	hypercall_function_32 hypercall_vmcall_32, vmcall
	hypercall_function_32 hypercall_vmmcall_32, vmmcall

	.section .note.GNU-stack, "", @progbits
