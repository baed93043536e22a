/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * KVM in disguise: what is there when CPUID does not show it.
 *
 * Contract: CPUID is advice. Where a VMM leaves KVM's leaves out, there is no signature; but unless it has KVM enforce
 *           that, the MSRs are there, and as they always are at power-on.
 * Source:   cpuid.rst; api.rst, KVM_CAP_ENFORCE_PV_FEATURE_CPUID; arch/x86/kvm/cpuid.h, guest_pv_has(); QEMU,
 *           target/i386/kvm/kvm.c, which leaves both leaves out for kvm=off.
 * How:      by looking for the signature at all of its places; by reading and writing all MSRs.
 * Needs:    -cpu ...,kvm=off, and hidden=on for the kernel, which cannot see what is hidden.
 * Cannot show: that the MSRs do what they are for; a guest without their leaf would not use them.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/needs.h"

/* Guests of products that refuse to run under KVM, or think they had better not, rely on it. [C17] */
TEST(hidden, there_is_no_signature)
{
	EXPECT_EQ(cpuid_find_kvm(cpuid).bases, 0u);
}

/* It is the one MSR whose value at power-on is not 0, which any host might return. [C17] */
TEST(hidden, polling_is_allowed_at_power_on)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++) {
		ASSERT_NO_FAULT(pv_msr_at_start(i, MSR_KVM_POLL_CONTROL)->fault);
		EXPECT_EQ(pv_msr_at_start(i, MSR_KVM_POLL_CONTROL)->value, 1);
	}
}

/*
 * Not written are the old number of the system time, which on vCPU 0 turns the master clock off, and a vector, which a
 * local APIC in the VMM has no use for. [C17]
 */
TEST(hidden, msrs_are_there)
{
	u64 value;

	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		EXPECT_TRUE(!rdmsr_safe(row->msr, &value), "reading %s faults", row->name);
		if (row->msr != MSR_KVM_SYSTEM_TIME && row->msr != MSR_KVM_ASYNC_PF_INT)
			EXPECT_TRUE(!wrmsr_safe(row->msr, 0), "writing 0 to %s faults", row->name);
	}
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
}

SUITE(hidden, .contract = "cpuid.rst; api.rst, KVM_CAP_ENFORCE_PV_FEATURE_CPUID",
      .needs.conditions = NEED_HIDDEN | NEED_UNENFORCED);
