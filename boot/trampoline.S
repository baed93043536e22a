/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an application processor begins after INIT and STARTUP: real mode, CS = TRAMPOLINE_ADDRESS / 16, IP = 0.
 * x86/cpu/smp.c copies this to TRAMPOLINE_ADDRESS and starts one processor at a time.
 */
#include "x86/cpu/processor.h"

#define RELOCATED(label) (TRAMPOLINE_ADDRESS + (label) - trampoline_start)

	.section .rodata
	.code16
	.globl trampoline_start, trampoline_cpu, trampoline_end
trampoline_start:
	cli
	cld
	xor %ax, %ax
	mov %ax, %ds

	/* Take the address of struct cpu. A processor that starts late or twice finds 0, and halts. */
	xor %ebx, %ebx
	xchg %ebx, RELOCATED(trampoline_cpu)
	test %ebx, %ebx
	jz 2f

	lgdtl RELOCATED(gdtr)
	mov $CR0_PE, %eax
	mov %eax, %cr0
	ljmpl $0x08, $RELOCATED(1f)

	.code32
1:	mov $0x10, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov $start32_ap, %eax
	jmp *%eax

	.code16
2:	hlt
	jmp 2b

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff	/* 0x08: flat 32-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: flat data */
gdt_end:
gdtr:
	.word gdt_end - gdt - 1
	.long RELOCATED(gdt)

	.balign 4
trampoline_cpu:
	.long 0
trampoline_end:

	.section .note.GNU-stack, "", @progbits
