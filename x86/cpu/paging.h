/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identity map of the low 4 GiB, and changes to single pages of it. Everything is accessible from CPL 3:
 * tests run their own functions there. Page 0 and the pages below stacks are not mapped.
 */
#ifndef X86_CPU_PAGING_H
#define X86_CPU_PAGING_H

#include "lib/types.h"

/* Give the image its rights, and load the map on this processor. */
void paging_init(void);

/*
 * The entry of the 4 KiB page at an address below 4 GiB; a large page there is split first. After a change
 * the caller flushes the TLB as it sees fit.
 */
u64 *paging_entry(const volatile void *address);

/* Take the page at an address out of the map, on this processor at once. */
void paging_unmap(const volatile void *address);

/* Clear CR0.PG on this processor, and set it again at once. Stacks and code lie in the identity map. */
void paging_off_and_on(void);

#endif
