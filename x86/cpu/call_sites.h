/* SPDX-License-Identifier: BSD-2-Clause */
/* Source lines of the calls in tests: a table that the second link step adds from the first one's debug information. */
#ifndef X86_CPU_CALL_SITES_H
#define X86_CPU_CALL_SITES_H

#include "lib/types.h"

struct source_place {
	const char *file; /* "tests/a.c" */
	unsigned int line; /* 0: several, which the compiler has merged */
};

/*
 * Where the call is that returns to this address. Depth 0 is the call itself; if it is in a function that the compiler
 * has inlined, depth 1 is where that function is called, and so on. Returns false if there is no such place, or
 * not in a test.
 */
bool call_site_find(u64 returns_to, unsigned int depth, struct source_place *place);

#endif
