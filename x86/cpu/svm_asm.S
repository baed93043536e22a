/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest of x86/cpu/svm.c. Of the general registers VMRUN and #VMEXIT switch only RAX; the guest uses no other. */

	.text
	.code64
	.globl svm_guest
svm_guest:
	mov (%rax), %rax
	vmmcall
	ud2

	.section .note.GNU-stack, "", @progbits
