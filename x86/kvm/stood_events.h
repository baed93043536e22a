/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tests of a VM that stood check of interrupts and kicks: stand() pauses the VM, or has it saved and restored, while
 * something is under way.
 */
#ifndef X86_KVM_STOOD_EVENTS_H
#define X86_KVM_STOOD_EVENTS_H

#include "lib/types.h"
#include "x86/kvm/kvm_para.h"

/* As in pv_unhalt.c: a vCPU may be off its CPU for 100 ms, several times; and a HLT may end for a reason of the host's. */
#define STOOD_WAKE_MS 1000

/* Of stood_check_halted() and stood_check_kicked_before(). */
#define STOOD_NEEDS_KICKS                                              \
	.needs.features = BIT(KVM_FEATURE_PV_UNHALT), .needs.cpus = 2, \
	.needs.conditions = NEED_HYPERCALLS | NEED_HLT_EXITS

/* Interrupts that are pending arrive afterwards, once each. */
void stood_check_pending(void (*stand)(void));

/* Have vCPU 1 sleep for *ns by its timer. Afterwards: has it woken up, and how long did it sleep by its TSC? */
void stood_start_sleeper(u64 *ns);
bool stood_sleeper_woke(void);
u64 stood_slept_ns(void);

/* A vCPU that is halted with interrupts off stays so, and a kick ends its HLT. */
void stood_check_halted(void (*stand)(void));

/*
 * A kick of a vCPU that runs ends its next HLT, although the VM stood in between. One of several tries is enough: something else
 * may take the kick along, but that is rare.
 */
void stood_check_kicked_before(void (*stand)(void), int tries);

/* vCPU 1 sends interrupts, each when the one before has arrived, while the VM stands so many times: none is lost. */
void stood_check_flood(void (*stand)(void), int times);

#endif
