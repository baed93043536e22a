/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host-side polling on HLT: MSR_KVM_POLL_CONTROL.
 *
 * Contract: bit 0 = the host may poll for a while before it blocks a halted vCPU. 1 at power-on. Each vCPU has
 *           its own. Bits 63:1 are reserved: a write with one of them raises #GP, and changes nothing.
 * Source:   msr.rst, MSR_KVM_POLL_CONTROL; arch/x86/kvm/x86.c, kvm_set_msr_common().
 * How:      by writing every value that a single bit makes.
 * Needs:    the feature alone.
 * Cannot show: how long the host polls; only its statistics tell.
 */
#include "lib/test.h"
#include "x86/kvm_para.h"
#include "x86/msr.h"

TEST(poll_control, polling_can_be_forbidden_and_allowed)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_POLL_CONTROL, 0));
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_POLL_CONTROL, 1));
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1);
}

TEST(poll_control, reserved_bits_fault_and_change_nothing)
{
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	for (int bit = 1; bit < 64; bit++) {
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_POLL_CONTROL, BIT_ULL(bit) | 1));
		EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
	}
}

SUITE(poll_control, .contract = "msr.rst, MSR_KVM_POLL_CONTROL",
      .needs.features = BIT(KVM_FEATURE_POLL_CONTROL));
