/* SPDX-License-Identifier: BSD-2-Clause */
/* Port 0x80: PCs show POST codes there. KVM has no device for it, so a write is an exit to the VMM. */
#ifndef X86_PLATFORM_PORT80_H
#define X86_PLATFORM_PORT80_H

#include "x86/cpu/processor.h"

/*
 * Leave KVM_RUN and enter it again. At the next entry (kvm_arch_vcpu_load(), vcpu_enter_guest()) KVM refreshes steal
 * time, delivers what is pending, and takes an outstanding PV EOI back.
 */
static inline void exit_to_userspace(void)
{
	outb(0, 0x80);
}

#endif
