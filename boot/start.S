/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From 32-bit protected mode to C in 64-bit mode, for the boot processor (start32) and, entered from the
 * trampoline, for every other one (start32_ap). Until then the code uses no memory but the image.
 */
#include "x86/cpu/processor.h"
#include "x86/offsets.h"

/*
 * EDI = the C function that reads what the loader left, EBX = its argument.
 * Nothing below changes EDI or EBX before that function is called.
 */
	.text
	.code32
	.globl start32
start32:
	cli
	cld
	mov $boot_stack_top, %esp

	/* A first identity map of 4 GiB in 2 MiB pages; x86/cpu/paging.c refines it. */
	mov $boot_pml4, %eax
	movl $boot_pdpt + PTE_PRESENT + PTE_WRITABLE + PTE_USER, (%eax)
	mov $boot_pdpt, %eax
	mov $boot_pds + PTE_PRESENT + PTE_WRITABLE + PTE_USER, %edx
	mov $GIB_MAPPED, %ecx
1:	mov %edx, (%eax)
	add $8, %eax
	add $PAGE_SIZE, %edx
	loop 1b

	mov $boot_pds, %eax
	mov $PTE_PRESENT + PTE_WRITABLE + PTE_USER + PTE_LARGE, %edx
	mov $GIB_MAPPED * 512, %ecx
2:	mov %edx, (%eax)
	add $8, %eax
	add $0x200000, %edx
	loop 2b

	mov $boot_pml4, %eax
	mov %eax, %cr3
	mov $start64, %ebp
	jmp enter_long_mode

/* An application processor; the trampoline has loaded its own flat segments. EBX = struct cpu. */
	.globl start32_ap
start32_ap:
	mov boot_ap_cr3, %eax
	mov %eax, %cr3
	mov $start64_ap, %ebp

/* CR3 is set; EBP = where to go on in 64-bit mode. */
enter_long_mode:
	mov $CR4_PAE | CR4_PGE, %eax
	mov %eax, %cr4

	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	mov boot_efer_nx, %edx	/* EFER_NX, if x86/cpu/paging.c has found that the processor has it */
	or %edx, %eax
	xor %edx, %edx
	wrmsr

	/* Caches on; WP makes read-only pages read-only for CPL 0, too. */
	mov $CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_PE, %eax
	mov %eax, %cr0

	lgdt boot_gdtr
	ljmp $KERNEL_CS, $1f
	.code64
1:	mov $KERNEL_DS, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	jmp *%rbp

start64:
	mov %rdi, %rax
	mov %ebx, %edi
	xor %ebp, %ebp		/* ends backtraces */
	call *%rax
	call kernel_main
	ud2

start64_ap:
	mov %ebx, %edi
	mov CPU_STACK_TOP(%rdi), %rsp
	xor %ebp, %ebp
	call smp_ap_main
	ud2

	.data
	.balign 8
	.globl boot_gdtr, boot_ap_cr3, boot_efer_nx
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* KERNEL_CS */
	.quad 0x00cf93000000ffff	/* KERNEL_DS */
boot_gdt_end:
boot_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.quad boot_gdt
boot_ap_cr3:
	.long 0
boot_efer_nx:
	.long 0

	.bss
	.balign PAGE_SIZE
	.globl boot_pml4, boot_stack_guard, boot_stack_top
boot_pml4:
	.skip PAGE_SIZE
boot_pdpt:
	.skip PAGE_SIZE
boot_pds:
	.skip GIB_MAPPED * PAGE_SIZE
boot_stack_guard:
	.skip PAGE_SIZE
	.skip 4 * PAGE_SIZE
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
