/* SPDX-License-Identifier: BSD-2-Clause */
/* void paging_off_and_on(void); see x86/cpu/paging.h. */
#include "x86/cpu/processor.h"

	.text
	.code64
	.globl paging_off_and_on
paging_off_and_on:
	push %rbp
	push %rbx
	push %r12		/* upper halves of registers may be lost outside of 64-bit mode */
	push %r13
	push %r14
	push %r15
	pushf
	cli			/* the handlers are 64-bit code */

	/* CR0.PG cannot be cleared in 64-bit mode; in compatibility mode it can, which leaves protected mode. */
	push $KERNEL_CS32
	push $1f
	lretq
	.code32
1:	mov %cr0, %eax
	and $~CR0_PG, %eax
	mov %eax, %cr0
	or $CR0_PG, %eax	/* EFER.LME is still set: this is compatibility mode again */
	mov %eax, %cr0
	ljmp $KERNEL_CS, $2f
	.code64
2:	mov %esp, %esp
	popf
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbx
	pop %rbp
	ret

	.section .note.GNU-stack, "", @progbits
