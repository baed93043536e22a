/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A minimal guest of this kernel, by AMD's Secure Virtual Machine, for tests of how the host treats a nested guest.
 * Source: AMD64 Architecture Programmer's Manual, volume 2, chapter 15 and appendix B.
 */
#ifndef X86_CPU_SVM_H
#define X86_CPU_SVM_H

#include "lib/types.h"

/* Exit codes. */
#define SVM_EXIT_EXCEPTION 0x40 /* plus the vector */
#define SVM_EXIT_VMMCALL   0x81

struct svm_exit {
	u64 code;
	u64 info1, info2; /* of a #PF: the error code, and what CR2 would be */
	u64 rax;
};

/* Whether the processor has SVM. */
bool svm_offered(void);

/*
 * Run a guest that reads 8 bytes into RAX and does a VMMCALL. It has this processor's page tables, CPL 0 and no
 * handlers: every exception is an exit. Physical interrupts are taken, and the guest resumes. Called with interrupts
 * on, by one processor at a time.
 */
struct svm_exit svm_read_u64(const volatile void *address);

/* Resume the guest; after an exception, with the instruction that raised it. */
struct svm_exit svm_resume(void);

#endif
