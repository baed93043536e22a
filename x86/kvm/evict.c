/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/evict.h"

#include "lib/string.h"
#include "lib/test.h"
#include "x86/kvm/cold.h"
#include "x86/platform/channel.h"

/* Each page is written first, by one of the host's threads. */
#define EVICT_MS 20000
#define TRIES	 5

void *evict_new_page(void)
{
	return memset(cold_page(), 0, EVICT_PAGE);
}

u64 evict_once(const void *first, u64 bytes)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_EVICT, (const u64[]){(u64)first, bytes}, EVICT_MS, &answer);
	return channel_value(&answer, "left");
}

void evict(const void *first, u64 bytes)
{
	for (int i = 0; i < TRIES; i++)
		if (!evict_once(first, bytes))
			return;
	test_skip(UNMET_LUCK, "eviction");
}
