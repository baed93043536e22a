/* SPDX-License-Identifier: BSD-2-Clause */
/* The verb evict: pages of cold memory leave the host's memory, so that the next access has to wait for them again. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "runner/common/text.h"
#include "runner/run/channel_verbs.h"
#include "runner/run/cold.h"
#include "runner/run/cold_server.h"

#define PAGE 4096
#define SIZE ((uint64_t)COLD_MIB << 20)

/* How many of these pages are in memory, or -1. */
static int64_t count_resident(const struct cold_memory *cold, uint64_t address, uint64_t bytes)
{
	unsigned char resident[SIZE / PAGE];
	void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, cold->file, (off_t)address);
	int64_t count = 0;

	if (map == MAP_FAILED)
		return -1;
	if (mincore(map, bytes, resident))
		count = -1;
	munmap(map, bytes);
	for (uint64_t i = 0; count >= 0 && i < bytes / PAGE; i++)
		count += resident[i] & 1;
	return count;
}

/* QEMU has the file's first byte at the guest's address 0. */
void channel_evict(struct channel *c, uint64_t address, uint64_t bytes)
{
	struct cold_eviction range = {address, bytes};

	if (!c->cold) {
		channel_finish(c, CHANNEL_IS_BAD, "the VM has no cold memory");
	} else if (!bytes || address % PAGE || bytes % PAGE || bytes > SIZE || address > SIZE - bytes) {
		channel_finish(c, CHANNEL_IS_BAD, "only whole pages below %d MiB can be evicted", COLD_MIB);
	} else if (send(c->cold->server, &range, sizeof(range), MSG_NOSIGNAL) != sizeof(range)) {
		channel_finish(c, CHANNEL_IS_FAILED, "cannot ask the server of the cold memory");
	} else {
		c->evicting = address;
		c->evicting_bytes = bytes;
	}
}

void channel_cold_input(struct channel *c)
{
	uint64_t bytes = c->evicting_bytes;
	cold_evicted error;
	int64_t left;

	if (recv(c->cold->server, &error, sizeof(error), 0) != sizeof(error)) {
		c->failure = text_format("the server of the cold memory died");
		return;
	}
	if (!bytes) /* the guest that asked was reset */
		return;
	c->evicting_bytes = 0;
	left = count_resident(c->cold, c->evicting, bytes);
	if (error || left < 0)
		channel_finish(c, CHANNEL_IS_FAILED, "cannot evict: %s", strerror(error ? error : errno));
	else
		channel_finish(c, CHANNEL_IS_OK, "pages=%" PRIu64 " left=%" PRId64, bytes / PAGE, left);
}
