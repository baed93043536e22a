/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest of x86/cpu/nested_guest.h by Intel's VMX.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, chapters "Virtual Machine Control
 * Structures" to "VM Exits", and appendices A and B.
 */
#ifndef X86_CPU_VMX_H
#define X86_CPU_VMX_H

#include "x86/cpu/nested_guest.h"

/* Whether the processor has VMX, and IA32_FEATURE_CONTROL lets a kernel use it, or is not locked. */
bool vmx_offered(void);

struct nested_exit vmx_read_u64(const volatile void *address);
struct nested_exit vmx_resume(void);

#endif
