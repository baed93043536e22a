/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef X86_KVM_LAPIC_H
#define X86_KVM_LAPIC_H

#include "lib/types.h"

/*
 * Does KVM emulate the local APIC, and not the VMM? Async page faults, PV EOI, PV IPIs and kicks need that: lapic_in_kernel()
 * in arch/x86/kvm/lapic.h. Takes what pvrun says (lapic=); where that is not known, tries MSR_KVM_ASYNC_PF_EN once.
 */
bool kvm_emulates_lapic(void);

#endif
