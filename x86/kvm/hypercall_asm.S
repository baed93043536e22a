/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall instructions of both vendors, from 64-bit and from 32-bit code; see x86/kvm/hypercall.h.
 * struct hypercall_registers begins with the registers in the order in which LOAD_ALL names them.
 */
#include "x86/cpu/processor.h"

	.text
	.code64

/* RDI = struct hypercall_registers; it waits on the stack meanwhile. */
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
	push 15*8(%rdi)
	popf
	mov 0*8(%rdi), %rax
	mov 1*8(%rdi), %rbx
	mov 2*8(%rdi), %rcx
	mov 3*8(%rdi), %rdx
	mov 4*8(%rdi), %rsi
	mov 6*8(%rdi), %rbp
	mov 7*8(%rdi), %r8
	mov 8*8(%rdi), %r9
	mov 9*8(%rdi), %r10
	mov 10*8(%rdi), %r11
	mov 11*8(%rdi), %r12
	mov 12*8(%rdi), %r13
	mov 13*8(%rdi), %r14
	mov 14*8(%rdi), %r15
	mov 5*8(%rdi), %rdi
	\instruction
	xchg %rdi, (%rsp)	/* the result's RDI goes to the stack, the structure comes back */
	pushf
	mov %rax, 0*8(%rdi)
	mov %rbx, 1*8(%rdi)
	mov %rcx, 2*8(%rdi)
	mov %rdx, 3*8(%rdi)
	mov %rsi, 4*8(%rdi)
	mov %rbp, 6*8(%rdi)
	mov %r8, 7*8(%rdi)
	mov %r9, 8*8(%rdi)
	mov %r10, 9*8(%rdi)
	mov %r11, 10*8(%rdi)
	mov %r12, 11*8(%rdi)
	mov %r13, 12*8(%rdi)
	mov %r14, 13*8(%rdi)
	mov %r15, 14*8(%rdi)
	pop 15*8(%rdi)
	pop 5*8(%rdi)
	cld
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret
.endm

/* RDI = number, ESI, EDX, ECX, R8D = arguments. Stacks lie below 4 GiB, so ESP is RSP. */
.macro hypercall_function_32 name, instruction
	.globl \name
\name:
	push %rbx
	mov %rdi, %rax		/* with its upper half, which 32-bit code neither sees nor changes */
	mov %esi, %ebx
	mov %r8d, %esi
	xchg %ecx, %edx		/* now ECX = third C argument, a1; EDX = fourth, a2 */
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
