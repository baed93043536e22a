/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/bare_vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define PAGE	     4096
#define CODE_ADDRESS 0x1000
#define MEMORY_SIZE  (2 * PAGE)

static bool make_memory(struct bare_vm *v)
{
	static const unsigned char code[] = {0xe6, 0x10, 0xeb, 0xfc}; /* 1: out %al, $0x10; jmp 1b */
	struct kvm_userspace_memory_region region = {.guest_phys_addr = CODE_ADDRESS,
						     .memory_size = MEMORY_SIZE};
	uint8_t *memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	memcpy(memory, code, sizeof(code));
	v->free_page = memory + BARE_VM_FREE_PAGE - CODE_ADDRESS;
	region.userspace_addr = (uintptr_t)memory;
	return !ioctl(v->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static bool make_vcpu(struct bare_vm *v, unsigned int i)
{
	struct kvm_regs regs = {.rip = CODE_ADDRESS, .rflags = 2};
	struct kvm_sregs sregs;
	int vcpu = v->vcpus[i] = ioctl(v->vm, KVM_CREATE_VCPU, i);

	if (vcpu < 0 || ioctl(vcpu, KVM_GET_SREGS, &sregs))
		return false;
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	return !ioctl(vcpu, KVM_SET_SREGS, &sregs) && !ioctl(vcpu, KVM_SET_REGS, &regs);
}

bool bare_vm_make(struct bare_vm *v, const char *device)
{
	v->kvm = open(device, O_RDWR | O_CLOEXEC);
	v->vm = v->kvm < 0 ? -1 : ioctl(v->kvm, KVM_CREATE_VM, 0);
	/* Old Intel processors need a task state segment to run real mode at all. */
	if (v->vm < 0 || ioctl(v->vm, KVM_SET_TSS_ADDR, 0xfffbd000) || !make_memory(v))
		return false;
	for (unsigned int i = 0; i < BARE_VM_VCPUS; i++)
		if (!make_vcpu(v, i))
			return false;
	return true;
}

/* The exit is the OUT: with the next run the vCPU goes on behind it. */
bool bare_vm_run(const struct bare_vm *v, unsigned int vcpu)
{
	return !ioctl(v->vcpus[vcpu], KVM_RUN, 0);
}
