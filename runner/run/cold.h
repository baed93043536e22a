/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cold memory for a guest: RAM that is a block device, of which nothing is in the page cache, and
 * which the host reads a page at a time. x86/kvm/cold.h describes its content.
 */
#ifndef RUNNER_RUN_COLD_H
#define RUNNER_RUN_COLD_H

#define COLD_MIB 128

/* Writes the pages, and drops them from memory. Ends the program if that cannot be done. */
void cold_prepare(const char *disk);

/*
 * QEMU asks for huge pages, which has the kernel read 2 MiB where one page is touched. From here
 * on, in this process and what it executes, that advice is refused.
 */
void cold_forbid_huge_pages(void);

#endif
