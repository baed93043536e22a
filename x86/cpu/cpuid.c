/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/cpuid.h"

#include "lib/string.h"

#define CPUID_1_ECX_HYPERVISOR BIT(31)
#define CPUID_TSC_RATIO	       0x15

struct kvm_leaf kvm_leaf;

struct kvm_leaf cpuid_find_kvm(struct cpuid (*read)(u32 leaf))
{
	struct kvm_leaf found = {0};

	for (u32 base = HYPERVISOR_CPUID_FIRST; base <= HYPERVISOR_CPUID_LAST;
	     base += HYPERVISOR_CPUID_STEP) {
		struct cpuid r = read(base);

		if (r.ebx != KVM_CPUID_SIGNATURE_EBX || r.ecx != KVM_CPUID_SIGNATURE_ECX ||
		    r.edx != KVM_CPUID_SIGNATURE_EDX)
			continue;
		if (!found.bases++) {
			found.base = base;
			found.max = r.eax ? r.eax : base + KVM_CPUID_FEATURES;
		}
	}
	if (found.bases) {
		struct cpuid r = read(found.base + KVM_CPUID_FEATURES);

		found.features = r.eax;
		found.hints = r.edx;
	}
	return found;
}

bool cpuid_has_hypervisor_bit(void)
{
	return cpuid(1).ecx & CPUID_1_ECX_HYPERVISOR;
}

/*
 * A VMM may hide the hypervisor bit and leave KVM's leaves. Without them, Intel processors answer with another leaf's
 * data, which is no signature.
 */
void cpuid_init(void)
{
	kvm_leaf = cpuid_find_kvm(cpuid);
}

const char *cpuid_vendor(void)
{
	static char name[13];
	struct cpuid r = cpuid(0);

	memcpy(name, &r.ebx, 4);
	memcpy(name + 4, &r.edx, 4);
	memcpy(name + 8, &r.ecx, 4);
	return name;
}

bool cpuid_is_amd(void)
{
	return !strcmp(cpuid_vendor(), "AuthenticAMD") || !strcmp(cpuid_vendor(), "HygonGenuine");
}

u64 cpuid_find_tsc_khz(struct cpuid (*read)(u32 leaf), const struct kvm_leaf *kvm)
{
	struct cpuid r;

	if (kvm->base == HYPERVISOR_CPUID_FIRST && kvm->max >= kvm->base + HYPERVISOR_CPUID_FREQ) {
		r = read(kvm->base + HYPERVISOR_CPUID_FREQ);
		if (r.eax)
			return r.eax;
	}
	if (read(0).eax < CPUID_TSC_RATIO)
		return 0;
	r = read(CPUID_TSC_RATIO); /* EBX / EAX times the crystal's ECX Hz */
	return r.eax && r.ebx ? (u64)r.ecx * r.ebx / r.eax / 1000 : 0;
}

u64 cpuid_tsc_khz(void)
{
	return cpuid_find_tsc_khz(cpuid, &kvm_leaf);
}
