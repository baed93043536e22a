/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/kvm.h"
#include "runner/common/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runner/common/text.h"

#define KVM_CPUID_BASE	   0x40000000
#define KVM_CPUID_FEATURES 0x40000001
#define MAX_CPUID_ENTRIES  512

static const char *why_not(int error)
{
	if (error == ENOENT)
		return "there is none; is the module kvm_amd or kvm_intel loaded?";
	if (error == EACCES || error == EPERM)
		return "no permission; as a rule, the group kvm has it";
	if (error == ENODEV || error == ENXIO)
		return "no module behind it, or the processor's virtualization is off or in use";
	return strerror(error);
}

int kvm_open(const char *device, const char **why)
{
	int kvm = open(device, O_RDWR | O_CLOEXEC);
	int version;

	if (kvm < 0) {
		*why = why_not(errno);
		return -1;
	}
	version = ioctl(kvm, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION) {
		*why = version < 0 ? "this is not KVM" : "a KVM of another API version";
		close(kvm);
		return -1;
	}
	return kvm;
}

bool kvm_supported_leaf(int kvm, struct kvm_leaf *leaf)
{
	struct kvm_cpuid2 *all = alloc_bytes(sizeof(*all) + MAX_CPUID_ENTRIES * sizeof(all->entries[0]));
	bool answered;

	*leaf = (struct kvm_leaf){0};
	all->nent = MAX_CPUID_ENTRIES;
	answered = !ioctl(kvm, KVM_GET_SUPPORTED_CPUID, all);
	for (unsigned int i = 0; answered && i < all->nent; i++) {
		const struct kvm_cpuid_entry2 *entry = &all->entries[i];

		if (entry->function == KVM_CPUID_BASE) {
			leaf->base = entry->function;
			leaf->max = entry->eax;
		} else if (entry->function == KVM_CPUID_FEATURES) {
			leaf->features = entry->eax;
			leaf->hints = entry->edx;
		}
	}
	free(all);
	return answered;
}

uint32_t kvm_vcpu_tsc_khz(int kvm)
{
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);
	int vcpu = vm < 0 ? -1 : ioctl(vm, KVM_CREATE_VCPU, 0);
	int khz = vcpu < 0 ? -1 : ioctl(vcpu, KVM_GET_TSC_KHZ, 0);

	if (vcpu >= 0)
		close(vcpu);
	if (vm >= 0)
		close(vm);
	return khz > 0 ? (uint32_t)khz : 0;
}
