/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages of cold memory that are taken out of the host's memory again. Their content is kept, but the next access, of a vCPU
 * or of KVM, has to wait for it. Over the channel: x86/platform/channel.h. A test that uses this declares NEED_CHANNEL and
 * NEED_COLD_MEMORY.
 */
#ifndef X86_KVM_EVICT_H
#define X86_KVM_EVICT_H

#include "lib/types.h"

#define EVICT_PAGE 4096u

/* A cold page, which is in memory now, all zeros. Ends the test as a SKIP when all are used up. */
void *evict_new_page(void);

/* Whole pages. Returns how many of them are in memory all the same, or again, because something uses them. */
u64 evict_once(const void *first, u64 bytes);

/* Whole pages that nothing uses. Ends the test as a SKIP if some stay in memory. */
void evict(const void *first, u64 bytes);

#endif
