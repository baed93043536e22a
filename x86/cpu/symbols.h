/* SPDX-License-Identifier: BSD-2-Clause */
/* Names for code addresses: a table that the second link step adds from the first one's symbols. */
#ifndef X86_CPU_SYMBOLS_H
#define X86_CPU_SYMBOLS_H

#include "lib/types.h"

/* The function that address lies in, and how far into it; "?" and 0 when it is in none. */
const char *symbols_find(u64 address, u64 *offset);

bool symbols_is_code(u64 address);

#endif
