/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking the stack: the kernel is compiled with frame pointers. */
#ifndef X86_CPU_BACKTRACE_H
#define X86_CPU_BACKTRACE_H

#include "lib/types.h"

/*
 * Go from the frame at *frame (a value of RBP) to the one around it. *returns_to is the address that the inner function
 * returns to. Returns false where the chain ends: at an address that cannot be read or is not in the code.
 */
bool backtrace_step(u64 *frame, u64 *returns_to);

#endif
