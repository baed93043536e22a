/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reset of the VM before the tests, for the argument reset=. The kernel boots twice: the first time it writes PV MSRs and
 * resets the VM, before it prints anything; the second time it runs the tests. The runner counts the boots.
 */
#ifndef X86_KVM_VM_RESET_H
#define X86_KVM_VM_RESET_H

#include "lib/types.h"

/* Take in the value of reset=: runner, port, keyboard or triple-fault. False: it is none of these. */
bool vm_reset_parse(const char *way);

/* Reset the VM if reset= was given and this is the first boot. */
void vm_reset_before_tests(void);

/* The VM was reset so before. */
bool vm_was_reset(void);

#endif
