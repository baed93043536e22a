/* SPDX-License-Identifier: BSD-2-Clause */
/* Exceptions and interrupts: the table of all 256 vectors, and their handlers. */
#ifndef X86_CPU_TRAP_H
#define X86_CPU_TRAP_H

#include "lib/types.h"
#include "x86/cpu/vectors.h"
#include "x86/offsets.h"

/* As x86/cpu/trap_asm.S lays it out on the stack. */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

OFFSET_IS(struct trap_frame, vector, TRAP_FRAME_VECTOR);
OFFSET_IS(struct trap_frame, rip, TRAP_FRAME_RIP);
_Static_assert(sizeof(struct trap_frame) == TRAP_FRAME_SIZE, "x86/cpu/trap_asm.S builds it");

/*
 * Called with interrupts off. Returns whether it has handled the event. If it has not, an exception resumes at the
 * fixup that the exception table has for it, or ends the test; an interrupt is reported as unexpected. The handler of
 * an interrupt ends the interrupt itself (apic_eoi(), or the PV EOI bit).
 */
typedef bool (*trap_handler)(struct trap_frame *frame);

/* Build the table, and load it on this processor; trap_load() is for the others. */
void trap_init(void);
void trap_load(void);

/* Set a vector's handler on all CPUs, or remove it with NULL. */
void trap_set_handler(u8 vector, trap_handler handler);

/* Remove all handlers that tests have set. Called after each test. */
void trap_reset_handlers(void);

/* Set the kernel's own handler of a vector. It runs before a test's handler, and stays from test to test. */
void trap_set_kernel_handler(u8 vector, trap_handler handler);

/*
 * The running test cannot continue. Report why, with registers and backtrace, as a failure of the test, and have the
 * frame return to the end of the innermost rescue scope.
 */
void trap_end_test(struct trap_frame *frame, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Called by x86/cpu/trap_asm.S. */
void trap_dispatch(struct trap_frame *frame);

#endif
