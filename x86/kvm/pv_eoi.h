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

/* In how many handlers the host had set the bit, since pv_eoi_start_looking(). */
extern unsigned int pv_eoi_bits_seen;

static inline void pv_eoi_start_looking(void)
{
	pv_eoi_bits_seen = 0;
}

/* A handler calls this before its first exit, at which the host takes the bit back. Returns whether the bit is set. */
static inline bool pv_eoi_look(const u32 *word)
{
	bool set = READ_ONCE(*word) & 1;

	__atomic_add_fetch(&pv_eoi_bits_seen, set, __ATOMIC_SEQ_CST);
	return set;
}

/*
 * At a test's end: if the host never set the bit, the test shows nothing of it. Where KVM does what the local APIC does,
 * it has to set the bit: among a dozen interrupts with no other one pending, at least once.
 */
void pv_eoi_expect_acted(void);

#endif
