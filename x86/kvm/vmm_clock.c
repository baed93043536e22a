/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/vmm_clock.h"

#include "x86/platform/channel.h"

/* Making a VM takes an emulated host its time. The runner gives it 30 s. */
#define TAKES_MS 30000

struct vmm_clock_outcome vmm_clock_try(enum kvm_clock_step step)
{
	struct channel_answer answer = {0};

	channel_ask(CHANNEL_KVM_CLOCK, (const u64[]){step}, TAKES_MS, &answer);
	return (struct vmm_clock_outcome){channel_value(&answer, "got"), channel_value(&answer, "least"),
					  channel_value(&answer, "most")};
}
