/* SPDX-License-Identifier: BSD-2-Clause */
/* A rescue scope is a call that can end early: a failed assertion, an exception or a watchdog returns to its caller. */
#ifndef X86_CPU_RESCUE_H
#define X86_CPU_RESCUE_H

#include "x86/cpu/trap.h"

/* Call function(argument) in a rescue scope. Returns false when it left through rescue_leave() or rescue_unwind(). */
bool rescue_run(void (*function)(void *argument), void *argument);

/* Leave the innermost rescue scope of this CPU, interrupts off. At CPL 0, also from within a handler. */
_Noreturn void rescue_leave(void);

/* Make the frame of an exception or interrupt return to the end of this CPU's innermost rescue scope, with IF clear. */
void rescue_unwind(struct trap_frame *frame);

#endif
