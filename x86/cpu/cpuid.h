/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor leaves of CPUID: where KVM's begin, and what they advertise. */
#ifndef X86_CPU_CPUID_H
#define X86_CPU_CPUID_H

#include "x86/cpu/processor.h"
#include "x86/kvm/kvm_para.h"

struct kvm_leaf {
	u32 base; /* 0: no KVM signature anywhere */
	u32 max; /* highest leaf, as the host reports it or, where it reports 0, base + KVM_CPUID_FEATURES */
	u32 features; /* EAX of base + KVM_CPUID_FEATURES */
	u32 hints; /* EDX of the same */
	unsigned int bases; /* how many bases carry the signature */
};

/* Decode what read() returns for each leaf. cpuid.rst; guest side: arch/x86/kernel/kvm.c, kvm_cpuid_base(). */
struct kvm_leaf cpuid_find_kvm(struct cpuid (*read)(u32 leaf));

/* This machine's, as the boot processor saw it at start. */
extern struct kvm_leaf kvm_leaf;
void cpuid_init(void);

static inline bool kvm_has(enum kvm_feature feature)
{
	return kvm_leaf.features & BIT(feature);
}

/* The processor's vendor: "AuthenticAMD", ... */
const char *cpuid_vendor(void);
bool cpuid_is_amd(void); /* or Hygon: a vendor whose processors' hypercall instruction is VMMCALL */

bool cpuid_has_hypervisor_bit(void);

/*
 * The frequency of the TSC in kHz, from the timing leaf, which is VMware's and so at its fixed place only, or else from the
 * processor's leaf 0x15; 0: neither has it.
 */
u64 cpuid_find_tsc_khz(struct cpuid (*read)(u32 leaf), const struct kvm_leaf *kvm);
u64 cpuid_tsc_khz(void); /* this machine's */

#endif
