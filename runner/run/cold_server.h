/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file system of one file, by FUSE: the RAM of a guest. Each read of a page that is to be cold takes a while, as from a
 * slow disk. It needs no disk, no folder to mount it on, and no other program, and it is gone with its server.
 */
#ifndef RUNNER_RUN_COLD_SERVER_H
#define RUNNER_RUN_COLD_SERVER_H

#include <stdint.h>

/* What the server is asked on its socket: drop these bytes of the file, which are whole pages, from the page cache. */
struct cold_eviction {
	uint64_t offset;
	uint64_t bytes;
};

/* What it answers: 0, or an errno. The pages may be back by then, if something uses them. */
typedef int32_t cold_evicted;

/*
 * A new mount of such a file system, which no folder has: its root is the file. Sets @device to what the server needs.
 * Moves this process to a user namespace if it is not permitted to mount otherwise. NULL, or what this host lacks.
 */
const char *cold_mount(int *mount, int *device);

/*
 * Serves it, with @memory as the file's content, until the other end of the socket @client is closed. The process may
 * touch the file on no account: it would wait for itself.
 */
_Noreturn void cold_serve(int device, int client, unsigned char *memory);

#endif
