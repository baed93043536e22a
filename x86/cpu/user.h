/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a function at CPL 3. */
#ifndef X86_CPU_USER_H
#define X86_CPU_USER_H

#include "lib/types.h"

/*
 * Call function(argument) at CPL 3, on a stack of its own, with interrupts as they are, and return its
 * result. Probes (rdmsr_safe() and the like) work there; EXPECT_* do not, for the console needs ports.
 * From one processor at a time on each stack: not from interrupt handlers.
 */
u64 user_call(u64 (*function)(u64 argument), u64 argument);

void user_init(void);

#endif
