/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paravirtual ABI of KVM on x86: every number and structure, once, under the names that the kernel's
 * documentation uses. Sources: Linux Documentation/virt/kvm/x86/{cpuid,msr,hypercalls}.rst, and the UAPI
 * headers arch/x86/include/uapi/asm/{kvm_para,pvclock-abi}.h, include/uapi/linux/kvm_para.h.
 */
#ifndef X86_KVM_KVM_PARA_H
#define X86_KVM_KVM_PARA_H

#include "lib/types.h"

/* CPUID: the signature leaf, searched from the first base to the last in steps of HYPERVISOR_CPUID_STEP (cpuid.rst). */
#define KVM_CPUID_SIGNATURE_EBX 0x4b4d564b /* "KVMK" */
#define KVM_CPUID_SIGNATURE_ECX 0x564b4d56 /* "VMKV" */
#define KVM_CPUID_SIGNATURE_EDX 0x0000004d /* "M" */
#define HYPERVISOR_CPUID_FIRST	0x40000000
#define HYPERVISOR_CPUID_LAST	0x4000ff00
#define HYPERVISOR_CPUID_STEP	0x100
/* Offsets of the leaves from the base that the signature was found at. */
#define KVM_CPUID_FEATURES    1
#define HYPERVISOR_CPUID_FREQ 0x10 /* VMware's timing leaf: EAX = TSC kHz, EBX = APIC bus kHz */

/* Bits of EAX in leaf base + KVM_CPUID_FEATURES. */
enum kvm_feature {
	KVM_FEATURE_CLOCKSOURCE = 0,
	KVM_FEATURE_NOP_IO_DELAY = 1,
	KVM_FEATURE_MMU_OP = 2, /* deprecated; no host since 2.6.38 offers it */
	KVM_FEATURE_CLOCKSOURCE2 = 3,
	KVM_FEATURE_ASYNC_PF = 4,
	KVM_FEATURE_STEAL_TIME = 5,
	KVM_FEATURE_PV_EOI = 6,
	KVM_FEATURE_PV_UNHALT = 7,
	KVM_FEATURE_PV_TLB_FLUSH = 9,
	KVM_FEATURE_ASYNC_PF_VMEXIT = 10,
	KVM_FEATURE_PV_SEND_IPI = 11,
	KVM_FEATURE_POLL_CONTROL = 12,
	KVM_FEATURE_PV_SCHED_YIELD = 13,
	KVM_FEATURE_ASYNC_PF_INT = 14,
	KVM_FEATURE_MSI_EXT_DEST_ID = 15,
	KVM_FEATURE_HC_MAP_GPA_RANGE = 16,
	KVM_FEATURE_MIGRATION_CONTROL = 17,
	KVM_FEATURE_CLOCKSOURCE_STABLE_BIT = 24,
};

/* Bits of EDX in the same leaf. */
#define KVM_HINTS_REALTIME 0

/* MSRs (msr.rst). */
#define MSR_KVM_WALL_CLOCK	  0x11
#define MSR_KVM_SYSTEM_TIME	  0x12
#define MSR_KVM_WALL_CLOCK_NEW	  0x4b564d00
#define MSR_KVM_SYSTEM_TIME_NEW	  0x4b564d01
#define MSR_KVM_ASYNC_PF_EN	  0x4b564d02
#define MSR_KVM_STEAL_TIME	  0x4b564d03
#define MSR_KVM_PV_EOI_EN	  0x4b564d04
#define MSR_KVM_POLL_CONTROL	  0x4b564d05
#define MSR_KVM_ASYNC_PF_INT	  0x4b564d06
#define MSR_KVM_ASYNC_PF_ACK	  0x4b564d07
#define MSR_KVM_MIGRATION_CONTROL 0x4b564d08
/* The range that is reserved for KVM (arch/x86/kvm/x86.c, and kvm_para.h's comment). */
#define MSR_KVM_CUSTOM_FIRST 0x4b564d00
#define MSR_KVM_CUSTOM_LAST  0x4b564dff

/* The bit that switches a feature on in each of the MSRs that carry an address. */
#define KVM_MSR_ENABLED 1

#define KVM_ASYNC_PF_ENABLED		   BIT_ULL(0)
#define KVM_ASYNC_PF_SEND_ALWAYS	   BIT_ULL(1)
#define KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT BIT_ULL(2)
#define KVM_ASYNC_PF_DELIVERY_AS_INT	   BIT_ULL(3)

/* struct pvclock_vcpu_time_info.flags (pvclock-abi.h). */
#define PVCLOCK_TSC_STABLE_BIT BIT(0)
#define PVCLOCK_GUEST_STOPPED  BIT(1)

struct pvclock_vcpu_time_info {
	u32 version; /* odd while the host writes */
	u32 pad0;
	u64 tsc_timestamp;
	u64 system_time; /* ns at tsc_timestamp */
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags;
	u8 pad[2];
} ALIGNED(4);

_Static_assert(sizeof(struct pvclock_vcpu_time_info) == 32, "ABI");
_Static_assert(offsetof(struct pvclock_vcpu_time_info, flags) == 29, "ABI");

struct pvclock_wall_clock {
	u32 version;
	u32 sec;
	u32 nsec;
} ALIGNED(4);

_Static_assert(sizeof(struct pvclock_wall_clock) == 12, "ABI");

/* struct kvm_steal_time.preempted (kvm_para.h). */
#define KVM_VCPU_PREEMPTED BIT(0)
#define KVM_VCPU_FLUSH_TLB BIT(1)

struct kvm_steal_time {
	u64 steal; /* ns */
	u32 version; /* odd while the host writes */
	u32 flags;
	u8 preempted;
	u8 u8_pad[3];
	u32 pad[11];
} ALIGNED(64);

_Static_assert(sizeof(struct kvm_steal_time) == 64, "ABI");
_Static_assert(offsetof(struct kvm_steal_time, preempted) == 16, "ABI");

/* What MSR_KVM_ASYNC_PF_EN points at; the host writes the first two words alone. */
struct kvm_vcpu_pv_apf_data {
	u32 flags;
	u32 token;
	u8 pad[56];
} ALIGNED(64);

_Static_assert(sizeof(struct kvm_vcpu_pv_apf_data) == 64, "ABI");

#define KVM_PV_REASON_PAGE_NOT_PRESENT 1
#define KVM_ASYNC_PF_WAKE_ALL	       0xffffffffu

/* What KVM_HC_CLOCK_PAIRING fills in. */
struct kvm_clock_pairing {
	s64 sec;
	s64 nsec;
	u64 tsc;
	u32 flags;
	u32 pad[9];
};

_Static_assert(sizeof(struct kvm_clock_pairing) == 64, "ABI");

#define KVM_CLOCK_PAIRING_WALLCLOCK 0

/* Hypercall numbers (hypercalls.rst, include/uapi/linux/kvm_para.h). */
enum kvm_hypercall {
	KVM_HC_VAPIC_POLL_IRQ = 1,
	KVM_HC_MMU_OP = 2,
	KVM_HC_FEATURES = 3, /* powerpc's */
	KVM_HC_PPC_MAP_MAGIC_PAGE = 4,
	KVM_HC_KICK_CPU = 5,
	KVM_HC_MIPS_GET_CLOCK_FREQ = 6,
	KVM_HC_MIPS_EXIT_VM = 7,
	KVM_HC_MIPS_CONSOLE_OUTPUT = 8,
	KVM_HC_CLOCK_PAIRING = 9,
	KVM_HC_SEND_IPI = 10,
	KVM_HC_SCHED_YIELD = 11,
	KVM_HC_MAP_GPA_RANGE = 12,
};

/* Errors: RAX is the negated number. */
#define KVM_EPERM      1
#define KVM_E2BIG      7
#define KVM_EFAULT     14
#define KVM_EINVAL     22
#define KVM_EOPNOTSUPP 95
#define KVM_ENOSYS     1000

#endif
