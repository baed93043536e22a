/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of KVM's PV MSRs. x86/cpu/msr.h notes all writes to them here, and the kernel restores them after each
 * test; tests need no code for that.
 */
#ifndef X86_KVM_PV_MSR_H
#define X86_KVM_PV_MSR_H

#include "x86/kvm/kvm_para.h"

struct pv_msr {
	u32 msr;
	const char *name;
	enum kvm_feature feature; /* the CPUID bit that advertises it, and gates it under enforcement */
	u64 reset; /* its value at vCPU creation */
	u64 reserved; /* a write with one of these bits set raises #GP */
	bool vm_wide; /* one variable for the whole VM, not one per vCPU */
	bool kept_by_init; /* INIT does not change it */
};

/*
 * In the order in which they are to be restored: what is written last decides the master clock, so the legacy
 * number of the system time, whose use by vCPU 0 turns it off, comes before the new one.
 */
extern const struct pv_msr pv_msrs[];
extern const unsigned int pv_msr_count;

/* The table's row for an MSR, or NULL. */
const struct pv_msr *pv_msr_find(u32 msr);

/*
 * Its feature is advertised and, for asynchronous page faults, KVM emulates the local APIC: MSR_KVM_ASYNC_PF_EN and
 * _INT accept only 0 otherwise. x2APIC mode shows that it does.
 */
bool pv_msr_is_offered(const struct pv_msr *row);

/*
 * It can be enabled and then has its usual effect. The legacy clock numbers are left out where the new ones are
 * advertised, since their use by vCPU 0 clears the stable flag; MSR_KVM_ASYNC_PF_EN where no interrupt vector can be
 * set; and what works through the local APIC where KVM does not emulate that.
 */
bool pv_msr_is_usable(const struct pv_msr *row);

/* Called by wrmsr() and wrmsr_safe() with every MSR that is written. */
void pv_msr_note_write(u32 msr);

/*
 * On the boot vCPU, before anything else uses an MSR: note what each reads, and switch off what a former kernel left
 * enabled (kexec), or the host would write to areas that have another use now.
 */
void pv_msr_take_over(void);

/*
 * A former kernel used this VM: then the boot vCPU's MSRs are not as at power-on, and neither are those that INIT keeps
 * on the others. A loader that starts with the VM shows that there was none.
 */
bool pv_msr_used_before(void);

/* What each MSR read on this vCPU before the kernel wrote any of them; an unreadable one reads as its fault. */
void pv_msr_snapshot(void);
struct pv_msr_reading {
	u64 value;
	u32 fault; /* a fault_t */
};
const struct pv_msr_reading *pv_msr_at_start(unsigned int cpu_index, u32 msr);

/* Put the MSRs that were written on this vCPU back to their reset values. */
void pv_msr_restore(void);

#endif
