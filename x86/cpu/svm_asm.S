/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest of x86/cpu/svm.c. VMRUN and #VMEXIT exchange RAX alone of the general registers; it leaves the others be. */

	.text
	.code64
	.globl svm_guest
svm_guest:
	mov (%rax), %rax
	vmmcall
	ud2

	.section .note.GNU-stack, "", @progbits
