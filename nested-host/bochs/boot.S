/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first 32 sectors of the disk that an Intel host boots from. A boot loader of a distribution needs 12 emulated seconds, this
 * one less than a second: it loads the rest of itself with the BIOS, asks it for the memory map, and leaves real mode.
 *
 * 0x5000  the memory map   0x7c00  this code, and the stack below it
 */
#include "nested-host/bochs/load.h"

#define SECTOR	    512
#define CMOS_INDEX  0x70
#define CMOS_DATA   0x71
#define CMOS_BOOTED 0x7f /* a byte that no BIOS and no kernel uses; 0 when the machine starts */
#define SHUTDOWN    0x8900 /* Bochs ends when it finds this word here */

	.code16
	.globl start
start:
	cli
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7c00, %sp
	cld

	/* A host that restarts itself, as after a panic, has ended. */
	mov $CMOS_BOOTED, %al
	out %al, $CMOS_INDEX
	in $CMOS_DATA, %al
	test %al, %al
	jnz end
	inc %al
	out %al, $CMOS_DATA

	sti
	mov $packet, %si
	mov $0x42, %ah /* extended read; the BIOS left the disk's number in DL */
	int $0x13
	jnc map_memory
end:
	mov $SHUTDOWN, %dx
	mov $word, %si
	mov $(packet - word), %cx
	rep outsb
	cli
	hlt

word:	.ascii "Shutdown"
	.balign 4
packet:
	.byte 16, 0
	.word LOADER_SECTORS - 1
	.word map_memory, 0
	.quad 1
	.org SECTOR - 2
	.word 0xaa55

map_memory:
	xor %ebx, %ebx
	mov $MEMORY_MAP, %di
1:	mov $0xe820, %eax
	mov $0x534d4150, %edx /* "SMAP" */
	mov $MEMORY_RANGE_SIZE, %ecx
	int $0x15
	jc enter_protected_mode
	add $MEMORY_RANGE_SIZE, %di
	incl ranges
	test %ebx, %ebx
	jnz 1b

enter_protected_mode:
	cli
	in $0x92, %al /* address line 20 */
	or $2, %al
	out %al, $0x92
	lgdt gdt_register
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $0x10, $protected

	.code32
protected:
	mov $0x18, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %fs
	mov %eax, %gs
	mov %eax, %ss
	mov $0x7c00, %esp
	push ranges
	call load_kernel /* returns its entry */
	/* The 32-bit boot protocol: ESI is the address of boot_params, the others are 0. */
	mov $BOOT_PARAMS, %esi
	xor %ebx, %ebx
	xor %ebp, %ebp
	xor %edi, %edi
	jmp *%eax

	.balign 8
	/* At 0x10 and 0x18, as the boot protocol wants them: code and data, flat. */
gdt:	.quad 0, 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_register:
	.word . - gdt - 1
	.long gdt
ranges:	.long 0
