/* SPDX-License-Identifier: BSD-2-Clause */
/* The frequency of the TSC on machines that have no other clock to measure it with. */
#ifndef X86_KVM_TSC_FREQUENCY_H
#define X86_KVM_TSC_FREQUENCY_H

#include "lib/types.h"

/*
 * In kHz, from the first of CPUID and kvmclock that has it; 0: neither does. *source is "cpuid" or "kvmclock" then. On
 * the boot processor, after cpuid_init() and before the PV MSRs' values at start are noted: kvmclock is enabled for a
 * moment.
 */
u64 tsc_frequency_khz(const char **source);

#endif
