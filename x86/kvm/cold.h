/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cold memory: guest RAM that a slow file backs, and that has not been touched yet, so that the host has to
 * wait for the file at the first access. The runner makes the file (runner/run/cold.c): one page in each
 * COLD_STRIDE holds its own address, which shows that the right page came, and code that returns.
 */
#ifndef X86_KVM_COLD_H
#define X86_KVM_COLD_H

#include "lib/types.h"

#define COLD_FIRST  0x2000000u /* below it are this kernel, its stacks and memory that is not cold */
#define COLD_STRIDE 0x40000u /* farther than a host reads ahead */
#define COLD_MAGIC  (0x636f6c64ull << 32) /* "cold", over the page's address */
#define COLD_CODE   64 /* offset of a RET instruction */

/* Each stretch of COLD_STRIDE has two more, at these offsets: one for tests that choose among pages, and one that takes long. */
#define COLD_CHOSEN  0x10000u
#define COLD_SLOW    0x20000u
#define COLD_SLOW_MS 200

/* Linux maps the 16 pages around the one that is touched, if they are in memory (fault_around_bytes). */
#define COLD_FAULT_AROUND 0x10000u

/* The next untouched page. Ends the test as a SKIP when all are used up. */
u8 *cold_page(void);

/* How many are left. */
unsigned int cold_pages_left(void);

/*
 * An untouched page at this offset, COLD_CHOSEN or COLD_SLOW, that the test wants for its page frame number; a @wanted of NULL takes
 * any. Ends the test as a SKIP if there is none.
 */
u8 *cold_page_at(u32 offset, bool (*wanted)(u64 gfn, unsigned int what), unsigned int what);

/* What the first eight bytes of a cold page say. */
u64 cold_content(const u8 *page);

#endif
