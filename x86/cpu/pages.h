/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for what the kernel sets up once. Pages are never freed. */
#ifndef X86_CPU_PAGES_H
#define X86_CPU_PAGES_H

#include "lib/types.h"

/* count adjacent pages, zeroed, identity-mapped below 4 GiB; NULL if too few are left. */
void *pages_alloc(size_t count);

/* Choose the RAM to allocate from. */
void pages_init(void);

#endif
