/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a function at CPL 3. */
#ifndef X86_CPU_USER_H
#define X86_CPU_USER_H

#include "lib/types.h"

/*
 * Call function(argument) at CPL 3, on a stack of its own, with interrupts as they are, and return its
 * result. Probes (rdmsr_safe() and the like) work there; EXPECT_* do not, because the console uses I/O ports.
 * Each processor has one stack for CPL 3: do not call this from interrupt handlers.
 */
u64 user_call(u64 (*function)(u64 argument), u64 argument);

void user_init(void);

#endif
