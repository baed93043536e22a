/* SPDX-License-Identifier: BSD-2-Clause */
/* A fence is a place to return to from anywhere below it: from a failed assertion, an exception, a watchdog. */
#ifndef X86_FENCE_H
#define X86_FENCE_H

#include "x86/trap.h"

/* Call function(argument) inside a fence. Returns false when it left through fence_leave() or fence_unwind(). */
bool fence_run(void (*function)(void *argument), void *argument);

/* Leave the innermost fence of this CPU, interrupts off. At CPL 0, also from within a handler. */
_Noreturn void fence_leave(void);

/* Have the frame of an exception or interrupt return to the end of this CPU's innermost fence, interrupts off. */
void fence_unwind(struct trap_frame *frame);

#endif
