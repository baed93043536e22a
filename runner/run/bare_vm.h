/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM without a VMM: two vCPUs, which do nothing but leave the guest again, and two pages of memory. */
#ifndef RUNNER_RUN_BARE_VM_H
#define RUNNER_RUN_BARE_VM_H

#include <stdbool.h>
#include <stdint.h>

#define BARE_VM_VCPUS	  2
#define BARE_VM_FREE_PAGE 0x2000 /* the guest-physical address of the page that no vCPU uses */

struct bare_vm {
	int kvm, vm, vcpus[BARE_VM_VCPUS];
	uint8_t *free_page;
};

/* False: errno says why not. Nothing is given back: whoever makes one ends soon. */
bool bare_vm_make(struct bare_vm *v, const char *device);
/* The vCPU enters the guest, and leaves it. */
bool bare_vm_run(const struct bare_vm *v, unsigned int vcpu);

#endif
