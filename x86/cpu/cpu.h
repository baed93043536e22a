/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel keeps per processor. */
#ifndef X86_CPU_CPU_H
#define X86_CPU_CPU_H

#include "x86/cpu/processor.h"
#include "x86/cpu/segments.h"
#include "x86/offsets.h"

struct cpu {
	u64 stack_top; /* boot/start.S loads it */
	struct cpu *self; /* this_cpu() reads it through GS */
	u64 rescue_rsp; /* x86/cpu/rescue_asm.S; 0 outside of every rescue scope */

	unsigned int index; /* 0 is the boot processor */
	u32 apic_id;
	bool online; /* it runs and takes work */
	bool started_before; /* it has run before the INIT that preceded this start */

	/* x86/cpu/smp_work.c: work posted to this processor, cleared when it is done. */
	void (*work)(void *argument);
	void *argument;
	bool work_ended; /* the last work returned; nothing ended it early */
	bool evict; /* the next NMI ends the work */
	bool kernel_nmi; /* the kernel has sent an NMI to this processor that is not taken yet */
	unsigned int nmis; /* taken so far */

	/* x86/cpu/timer.c: TSC values, 0 = not set. */
	u64 watchdog_at;
	u64 wake_at;
	u64 watchdog_ms; /* the budget that watchdog_at came from, for the report */

	u32 pv_msrs_written; /* x86/kvm/pv_msr.c: one bit per row of its table */
	bool interrupts_taken; /* any but the timer's, since the last arch_restore() */
	bool apic_written; /* a register of the local APIC that keeps its value, since the last arch_restore() */
	bool quiet; /* x86/kvm/hypercall.c: leave the rescue scope without a report */
	unsigned int trap_reports; /* x86/cpu/trap.c: being written; a second one is a fault in the first */

	struct segments segments;
	u64 user_stack_top; /* x86/cpu/user.c */
};

OFFSET_IS(struct cpu, stack_top, CPU_STACK_TOP);
OFFSET_IS(struct cpu, rescue_rsp, CPU_RESCUE_RSP);

static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;

	__asm__ volatile("mov %%gs:%c1, %0" : "=r"(cpu) : "i"(offsetof(struct cpu, self)));
	return cpu;
}

#endif
