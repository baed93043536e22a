/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The identity map of the low 4 GiB, and changes to single pages of it. Everything is accessible from CPL 3:
 * tests run their own functions there. Page 0 and the pages below stacks are not mapped.
 */
#ifndef X86_CPU_PAGING_H
#define X86_CPU_PAGING_H

#include "lib/types.h"

/* Set the access rights of the image's pages, and load the map on this processor. */
void paging_init(void);

/*
 * The entry of the 4 KiB page at an address below 4 GiB; a large page there is split first. The caller flushes the
 * TLB after a change.
 */
u64 *paging_entry(const volatile void *address);

/* Remove the page at an address from the map, and its translation from this processor's TLB. */
void paging_unmap(const volatile void *address);

/* Clear CR0.PG on this processor, and set it again at once. Stacks and code lie in the identity map. */
void paging_off_and_on(void);

#endif
