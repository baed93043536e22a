/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a guest ends an interrupt where MSR_KVM_PV_EOI_EN is on. Source: msr.rst; guest side:
 * kvm_guest_apic_eoi_write().
 */
#ifndef X86_KVM_PV_EOI_H
#define X86_KVM_PV_EOI_H

#include "x86/cpu/apic.h"

/*
 * Clear the bit that the host may have set, and write to the EOI register if it was not set. The bit is tested and
 * cleared by one instruction, because the host may clear it between any two. Returns whether clearing it was enough.
 */
static inline bool pv_eoi_end(u32 *word)
{
	bool was_set;

	__asm__ volatile("btrl $0, %0" : "+m"(*word), "=@ccc"(was_set) : : "memory");
	if (!was_set)
		apic_eoi();
	return was_set;
}

#endif
