/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry by a Multiboot 1 loader (QEMU -kernel, GRUB). Source: Multiboot Specification 0.6.96, section 3. */

#define MULTIBOOT_HEADER_MAGIC	0x1badb002
#define MULTIBOOT_PAGE_ALIGN	(1 << 0)
#define MULTIBOOT_MEMORY_INFO	(1 << 1)
#define FLAGS			(MULTIBOOT_PAGE_ALIGN | MULTIBOOT_MEMORY_INFO)

	.section .multiboot, "a"
	.balign 4
	.globl multiboot_header
multiboot_header:
	.long MULTIBOOT_HEADER_MAGIC
	.long FLAGS
	.long -(MULTIBOOT_HEADER_MAGIC + FLAGS)

/* EAX = loader's magic, EBX = information structure. Protected mode, no paging, flat segments, no stack. */
	.text
	.code32
	.globl multiboot_entry
multiboot_entry:
	mov $boot_from_multiboot, %edi
	jmp start32
