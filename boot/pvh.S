/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry by a PVH loader (QEMU -kernel on any machine, other VMMs). Source: Xen, docs/misc/pvh.pandoc. */

#define XEN_ELFNOTE_PHYS32_ENTRY 18

	.section .note.pvh, "a", @note
	.balign 4
	.long 2f - 1f
	.long 4f - 3f
	.long XEN_ELFNOTE_PHYS32_ENTRY
1:	.asciz "Xen"
2:	.balign 4
3:	.quad pvh_entry
4:	.balign 4

/* EBX = struct hvm_start_info. Protected mode, no paging, flat segments, no stack. */
	.text
	.code32
	.globl pvh_entry
pvh_entry:
	mov $boot_from_pvh, %edi
	jmp start32
