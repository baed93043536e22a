/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/kvm_counters.h"

#include "x86/platform/channel.h"

u64 kvm_count(enum kvm_counter which)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_COUNT, (const u64[]){which}, 0, &answer);
	return channel_value(&answer, "count");
}
