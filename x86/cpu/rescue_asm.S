/* SPDX-License-Identifier: BSD-2-Clause */
/* bool rescue_run(void (*function)(void *), void *argument); void rescue_leave(void); see x86/cpu/rescue.h. */
#include "x86/cpu/processor.h"
#include "x86/offsets.h"

#define RESCUE_RSP %gs:CPU_RESCUE_RSP

	.text
	.code64
	.globl rescue_run, rescue_leave, rescue_exit
rescue_run:
	push %rbp
	mov %rsp, %rbp
	push %rbx
	push %r12
	push %r13
	push %r14
	push %r15
	push RESCUE_RSP		/* of the outer rescue scope; RSP is a multiple of 16 now */
	mov %rsp, RESCUE_RSP
	mov %rdi, %rax
	mov %rsi, %rdi
	call *%rax
	mov $1, %eax
	jmp 1f

/* Where rescue_unwind() makes an exception return to: of the registers only RSP is known. */
rescue_exit:
	xor %eax, %eax
1:	cld			/* the function may have left DF set */
	pop RESCUE_RSP
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

/* By IRET, which ends the blocking of NMIs if this was called from an NMI's handler. */
rescue_leave:
	mov RESCUE_RSP, %rax
	push $KERNEL_DS
	push %rax
	push $RFLAGS_FIXED
	push $KERNEL_CS
	push $rescue_exit
	iretq

	.section .note.GNU-stack, "", @progbits
