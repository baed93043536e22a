/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cold memory for a guest: RAM that is a file, of which nothing is in the page cache, and which the host has to wait for, a
 * page at a time (cold_server.h). x86/kvm/cold.h describes its content.
 */
#ifndef RUNNER_RUN_COLD_H
#define RUNNER_RUN_COLD_H

#include <sys/types.h>

#define COLD_MIB 128

struct cold_memory {
	int file; /* open for reading and writing */
	int server; /* a socket (cold_server.h) that the server lives as long as */
	pid_t pid;
};

/*
 * Starts the server, and opens the file. NULL, or what this host lacks, in words. Ends the program if something else fails.
 */
const char *cold_start(struct cold_memory *cold);

/* When nothing else has the file open. The server ends also where this is not called. */
void cold_end(const struct cold_memory *cold);

/*
 * QEMU asks for huge pages, which has the kernel read 2 MiB where one page is touched. From here
 * on, in this process and what it executes, that advice is refused.
 */
void cold_forbid_huge_pages(void);

#endif
