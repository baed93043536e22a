/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM's clock interface for VMMs, which the runner tries on a VM of its own. For tests that declare NEED_CHANNEL. */
#ifndef X86_KVM_VMM_CLOCK_H
#define X86_KVM_VMM_CLOCK_H

#include "lib/kvm_clock.h"
#include "lib/types.h"

struct vmm_clock_outcome {
	u64 got, least, most;
};

/* Skips the test where this KVM lacks what the step is about. */
struct vmm_clock_outcome vmm_clock_try(enum kvm_clock_step step);

#endif
