/* SPDX-License-Identifier: BSD-2-Clause */
/* Model-specific registers: plain accesses, and probes that survive a #GP. */
#ifndef X86_CPU_MSR_H
#define X86_CPU_MSR_H

#include "x86/cpu/fault.h"
#include "x86/cpu/processor.h"
#include "x86/kvm/pv_msr.h"

/* Plain accesses are for MSRs that must exist: a fault ends the test. */
static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return low | (u64)high << 32;
}

static inline void wrmsr(u32 msr, u64 value)
{
	pv_msr_note_write(msr);
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

/* *value is 0 after a fault. */
static inline fault_t rdmsr_safe(u32 msr, u64 *value)
{
	u32 low = 0, high = 0;
	FAULT_REGISTER(fault);

	__asm__ volatile(FAULT_PROBE("rdmsr") : "+a"(low), "+d"(high), "+r"(fault) : "c"(msr) : "memory");
	*value = low | (u64)high << 32;
	return (fault_t)fault;
}

static inline fault_t wrmsr_safe(u32 msr, u64 value)
{
	pv_msr_note_write(msr); /* before R11 is bound to fault */
	FAULT_REGISTER(fault);
	__asm__ volatile(FAULT_PROBE("wrmsr")
			 : "+r"(fault)
			 : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
			 : "memory");
	return (fault_t)fault;
}

#endif
