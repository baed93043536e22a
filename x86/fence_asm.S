/* SPDX-License-Identifier: BSD-2-Clause */
/* bool fence_run(void (*function)(void *), void *argument); void fence_leave(void); see x86/fence.h. */
#include "x86/processor.h"

#define FENCE_RSP %gs:16	/* struct cpu.fence_rsp */

	.text
	.code64
	.globl fence_run, fence_leave, fence_exit
fence_run:
	push %rbp
	mov %rsp, %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	push FENCE_RSP		/* of the fence around this one; RSP is a multiple of 16 now */
	mov %rsp, FENCE_RSP
	mov %rdi, %rax
	mov %rsi, %rdi
	call *%rax
	mov $1, %eax
	jmp 1f

/* Where fence_unwind() has an exception return to: only RSP is known, and it is all that is needed. */
fence_exit:
	xor %eax, %eax
1:	cld			/* the function may be a test that has left it set */
	pop FENCE_RSP
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

/* By IRET, because that alone ends the blocking of NMIs, should this have begun in an NMI's handler. */
fence_leave:
	mov FENCE_RSP, %rax
	push $KERNEL_DS
	push %rax
	push $RFLAGS_FIXED
	push $KERNEL_CS
	push $fence_exit
	iretq

	.section .note.GNU-stack, "", @progbits
