/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 256 entry points. All build the same frame (struct trap_frame in x86/cpu/trap.h):
 *
 *	ss rsp rflags cs rip	by the processor
 *	error			by the processor for the vectors in HAS_ERROR_CODE, else 0 by the stub
 *	vector			by the stub
 *	rax .. r15		by trap_common	<- RSP, a multiple of 16
 */
#include "x86/offsets.h"

/* #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP, #VC, #SX push an error code. */
#define HAS_ERROR_CODE \
	(1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17 | 1 << 21 | 1 << 29 | 1 << 30)

	.text
	.code64
	.balign TRAP_STUB_SIZE
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign TRAP_STUB_SIZE
	.if vector >= 32 || !((HAS_ERROR_CODE >> (vector & 31)) & 1)
	push $0
	.endif
	push $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

trap_common:
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	/* Looks like the frame of a call from the interrupted instruction, for backtraces. */
	push TRAP_FRAME_RIP(%rdi)
	push %rbp
	mov %rsp, %rbp
	call trap_dispatch
1:	add $16, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rbp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rbx
	pop %rax
	add $TRAP_FRAME_RIP - TRAP_FRAME_VECTOR, %rsp
	iretq

	.section .rodata
	.balign 8
	.globl trap_handler_returns_to
trap_handler_returns_to:	/* ends chains of calls: x86/cpu/backtrace.c */
	.quad 1b

	.section .note.GNU-stack, "", @progbits
