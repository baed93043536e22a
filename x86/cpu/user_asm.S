/* SPDX-License-Identifier: BSD-2-Clause */
/* u64 user_enter(u64 (*function)(u64), u64 argument, u64 user_stack, struct tss *tss); see x86/cpu/user.c. */
#include "x86/cpu/processor.h"
#include "x86/offsets.h"

	.text
	.code64
	.globl user_enter, user_return, user_exit
user_enter:
	push %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	sub $8, %rsp
	mov %rsp, TSS_RSP0(%rcx) /* an interrupt of CPL 3 pushes its frame from here; a multiple of 16 */

	mov %rdi, %rax		/* function */
	mov %rsi, %rdi		/* argument */
	pushf
	pop %rcx
	push $USER_DS
	push %rdx
	push %rcx
	push $USER_CS
	push $1f
	xor %ebp, %ebp		/* the end of backtraces */
	iretq
1:	call *%rax
user_return:
	ud2			/* on_return() knows the address. Not INT, which some hosts cannot emulate */

user_exit:			/* RSP is tss.rsp0 */
	add $8, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

	.section .note.GNU-stack, "", @progbits
