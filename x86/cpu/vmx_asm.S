/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/vmcs.h"

	.text
	.code64

/*
 * bool vmx_launch(u64 *rax): run the guest of the current VMCS, with *rax in RAX. Returns at its exit, with interrupts
 * off; false if there was no VM entry. VMX switches no general register but RSP, and the guest changes only RAX.
 */
	.globl vmx_launch
vmx_launch:
	mov $VMCS_HOST_RSP, %edx
	vmwrite %rsp, %rdx
	mov $VMCS_HOST_RIP, %edx
	lea 1f(%rip), %rcx
	vmwrite %rcx, %rdx
	mov (%rdi), %rax
	vmlaunch
	xor %eax, %eax
	ret
1:	mov %rax, (%rdi)
	mov $1, %eax
	ret

/* The guest of x86/cpu/vmx.c. */
	.globl vmx_guest
vmx_guest:
	mov (%rax), %rax
	vmcall
	ud2

	.section .note.GNU-stack, "", @progbits
