/* SPDX-License-Identifier: BSD-2-Clause */
/* The time that a vCPU loses while it spins: as it sees it itself, and as the host counts it. */
#ifndef X86_KVM_STEAL_H
#define X86_KVM_STEAL_H

#include "x86/kvm/kvm_para.h"

struct steal_spin {
	bool spinning; /* from the first reading of steal to the last one, or for less */
	u64 ran_ns; /* the time that is in no gap, while the other vCPU was spinning, too; grows meanwhile */
	u64 gaps_ns; /* sum of the gaps between consecutive readings of the TSC that were longer than an exit */
	u64 stolen_ns; /* how much steal grew; whatever the area holds, 0 while steal time is disabled */
};

/*
 * Spin on this vCPU for ns, with an exit to userspace before and after, at which the host brings *area up to date. other
 * is what another vCPU fills in at the same time, or NULL. With another one, spin on until the two ran for half of ns
 * while the other spun, but not for more than STEAL_SPIN_MAX times ns. Zero both structures before the first begins.
 */
#define STEAL_SPIN_MAX 10
void steal_spin(const struct kvm_steal_time *area, u64 ns, struct steal_spin *spin,
		const struct steal_spin *other);

/* Sort values[count], smallest first. */
void steal_sort(u64 *values, unsigned int count);

#endif
