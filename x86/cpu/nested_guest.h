/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A minimal guest of this kernel, for tests of how the host treats a nested guest: by AMD's SVM (x86/cpu/svm.c) or by
 * Intel's VMX (x86/cpu/vmx.c), whichever the processor has.
 */
#ifndef X86_CPU_NESTED_GUEST_H
#define X86_CPU_NESTED_GUEST_H

#include "lib/types.h"

enum nested_exit_kind {
	NESTED_EXIT_HYPERCALL, /* the guest has read its 8 bytes, and did a hypercall */
	NESTED_EXIT_EXCEPTION, /* it raised one */
	NESTED_EXIT_OTHER,
};

struct nested_exit {
	enum nested_exit_kind kind;
	u32 code; /* the processor's: SVM's exit code, or VMX's exit reason */
	u64 value; /* HYPERCALL: what the guest read */
	/* EXCEPTION: */
	u8 vector;
	u32 error; /* 0 if the exception has no error code */
	u64 address; /* of a #PF: what CR2 would be */
};

/* Whether the processor can run a guest: it has SVM, or VMX that its firmware did not lock. */
bool nested_guest_offered(void);

/*
 * Run a guest that reads 8 bytes and does a hypercall. It has this processor's page tables, CPL 0 and no handlers: every
 * exception is an exit. Physical interrupts are taken if they are on, and the guest resumes; if they are off, they stay
 * pending. Called by one processor at a time.
 */
struct nested_exit nested_guest_read_u64(const volatile void *address);

/* Resume the guest; after an exception, with the instruction that raised it. */
struct nested_exit nested_guest_resume(void);

#endif
