/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operation costs: the VM's exits, by KVM's counter, and cycles of the TSC. For tests that declare NEED_CHANNEL. */
#ifndef X86_KVM_COST_H
#define X86_KVM_COST_H

#include "lib/test.h"

/*
 * Measured over some hundred calls of operation(argument). Exits are known where they are clearly so many for each call: the
 * host's own interrupts make some, too. Ends the test as a skip where the runner may not read KVM's counter.
 */
struct test_cost cost_of(void (*operation)(u64 argument), u64 argument);

/* The same into the log, as the cost of the operation of this name. */
void cost_log(const char *name, void (*operation)(u64 argument), u64 argument);

#endif
