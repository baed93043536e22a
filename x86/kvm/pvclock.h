/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The arithmetic of kvmclock, and the version protocol by which its structure is read.
 * Source: msr.rst, MSR_KVM_SYSTEM_TIME_NEW; guest side: arch/x86/include/asm/pvclock.h.
 */
#ifndef X86_KVM_PVCLOCK_H
#define X86_KVM_PVCLOCK_H

#include "x86/kvm/kvm_para.h"

/* ns = (delta shifted by shift) * mul / 2^32; a negative shift goes to the right. */
u64 pvclock_scale(u64 tsc_delta, u32 mul, s8 shift);

/* The TSC frequency that mul and shift stand for, in kHz, to the nearest. 0 when mul is 0. */
u64 pvclock_khz(u32 mul, s8 shift);

/* System time in ns at the given TSC value. A TSC before tsc_timestamp counts as negative delta. */
u64 pvclock_at(const struct pvclock_vcpu_time_info *info, u64 tsc);

/* A consistent copy of an area that the host writes. Spins while version is odd or changes. */
struct pvclock_vcpu_time_info pvclock_snapshot(const struct pvclock_vcpu_time_info *area);

/* How a guest reads the time: RDTSC inside the version loop. */
u64 pvclock_now(const struct pvclock_vcpu_time_info *area);

/* The same, with the structure from which the time was computed. */
u64 pvclock_read(const struct pvclock_vcpu_time_info *area, struct pvclock_vcpu_time_info *used);

#endif
