/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM without its leaves in CPUID.
 *
 * Contract: CPUID is advice. Where a VMM leaves KVM's leaves out, there is no signature; but unless it has KVM enforce
 *           CPUID, the MSRs work, and have their usual values at power-on.
 * Source:   cpuid.rst; api.rst, KVM_CAP_ENFORCE_PV_FEATURE_CPUID; arch/x86/kvm/cpuid.h, guest_pv_has(); QEMU,
 *           target/i386/kvm/kvm.c, which leaves both leaves out for kvm=off.
 * How:      by looking for the signature at each possible base; by reading and writing all MSRs.
 * Needs:    -cpu ...,kvm=off, and hidden=on for the kernel, which cannot see what is hidden.
 * Cannot show: that the MSRs do what they are for; a guest without their leaf would not use them.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"

/* Software that refuses to run in a VM, or behaves otherwise in one, looks for the signature. [C17] */
TEST(hidden, there_is_no_signature)
{
	EXPECT_EQ(cpuid_find_kvm(cpuid).bases, 0u);
}

/* This MSR's value at power-on is not 0, which a host without the MSR might return. [C17] */
TEST(hidden, polling_is_allowed_at_power_on, .needs.supported = BIT(KVM_FEATURE_POLL_CONTROL),
     .needs.conditions = NEED_FRESH_VM)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++) {
		ASSERT_NO_FAULT(pv_msr_at_start(i, MSR_KVM_POLL_CONTROL)->fault);
		EXPECT_EQ(pv_msr_at_start(i, MSR_KVM_POLL_CONTROL)->value, 1);
	}
}

/*
 * The test does not write the legacy number of the system time, which on vCPU 0 turns the master clock off, and
 * MSR_KVM_ASYNC_PF_INT, which faults where the local APIC is in the VMM. An MSR that is newer than the host's KVM is
 * not there. [C17]
 */
TEST(hidden, msrs_are_there, .needs.supported = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	u64 value;

	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		if (!(told.kvm_features.value & BIT(row->feature)))
			continue;
		EXPECT_TRUE(!rdmsr_safe(row->msr, &value), "RDMSR of %s: got a fault, want none", row->name);
		if (row->msr != MSR_KVM_SYSTEM_TIME && row->msr != MSR_KVM_ASYNC_PF_INT)
			EXPECT_TRUE(!wrmsr_safe(row->msr, 0), "WRMSR of 0 to %s: got a fault, want none",
				    row->name);
	}
	if (told.kvm_features.value & BIT(KVM_FEATURE_POLL_CONTROL)) {
		wrmsr(MSR_KVM_POLL_CONTROL, 0);
		EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
	}
}

SUITE(hidden, .contract = "cpuid.rst; api.rst, KVM_CAP_ENFORCE_PV_FEATURE_CPUID",
      .needs.conditions = NEED_HIDDEN | NEED_UNENFORCED);
