/* SPDX-License-Identifier: BSD-2-Clause */
/* KVM's clock interface for VMMs, tried on a bare VM: lib/kvm_clock.h. */
#ifndef RUNNER_RUN_KVM_CLOCK_H
#define RUNNER_RUN_KVM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/kvm_clock.h"

struct kvm_clock_outcome {
	uint64_t got, least, most;
	bool lacking; /* this KVM has no KVM_CLOCK_REALTIME, which the step is about */
	int error; /* why the step could not be tried; 0: it was */
};

/* In a process of its own, which lives for seconds at most, whatever KVM does. */
struct kvm_clock_outcome kvm_clock_try(const char *device, enum kvm_clock_step step);

#endif
