/* SPDX-License-Identifier: BSD-2-Clause */
/* What KVM reports through its device, without a VM. */
#ifndef RUNNER_COMMON_KVM_H
#define RUNNER_COMMON_KVM_H

#include <stdbool.h>
#include <stdint.h>

/* KVM's CPUID leaves as KVM_GET_SUPPORTED_CPUID has them; all 0 if it has none. */
struct kvm_leaf {
	uint32_t base, max;
	uint32_t features, hints; /* EAX and EDX of base + 1 */
};

/* Opens KVM's device. Negative: *@why is what is wrong with it. */
int kvm_open(const char *device, const char **why);
/* The TSC's frequency of a new vCPU, in kHz; 0 if KVM does not know it. */
uint32_t kvm_vcpu_tsc_khz(int kvm);
/* False: errno says why not. */
bool kvm_supported_leaf(int kvm, struct kvm_leaf *leaf);

#endif
