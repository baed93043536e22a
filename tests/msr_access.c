/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which MSRs there are, and at which privilege level.
 *
 * Contract: the range 0x4b564d00 to 0x4b564dff is KVM's. Numbers without an MSR raise #GP. At CPL 3
 *           all accesses do, as to any MSR.
 * Source:   msr.rst; arch/x86/kvm/x86.c, kvm_get_msr_common(), kvm_set_msr_common().
 * How:      by reading and writing them all.
 * Needs:    for numbers without an MSR, a host that has kvm.ignore_msrs off.
 * Cannot show: MSRs that exist but are not advertised; those are in tests/enforcement.c.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/user.h"
#include "x86/kvm/needs.h"

/*
 * Each access is an exit: in a nested VM all of them take 50 ms. An MSR that a later KVM adds to this range is not in
 * the table in x86/kvm/pv_msr.c, and needs a row there. [M02 M03]
 */
TEST(msr_access, the_rest_of_the_range_is_empty, .needs.conditions = NEED_MSR_FAULTS)
{
	for (u32 msr = MSR_KVM_ASYNC_PF_ACK + 1; msr <= MSR_KVM_CUSTOM_LAST; msr++) {
		u64 value;
		fault_t on_read, on_write;

		if (msr == MSR_KVM_MIGRATION_CONTROL && kvm_has(KVM_FEATURE_MIGRATION_CONTROL))
			continue;
		on_read = rdmsr_safe(msr, &value);
		on_write = wrmsr_safe(msr, 0);
		EXPECT_TRUE(on_read == FAULT(GP_VECTOR, 0) && on_write == FAULT(GP_VECTOR, 0),
			    "MSR %#x: got %s on RDMSR, %s on WRMSR, want #GP(0)", msr, fault_text(on_read),
			    fault_text(on_write));
	}
}

/*
 * With kvm.ignore_msrs=1 accesses need not fault, but there must be no MSR behind them. The last one always faults on
 * Linux 7: KVM uses its number for another MSR internally. [M02 M03]
 */
TEST(msr_access, the_rest_of_the_range_holds_nothing_where_faults_are_off,
     .needs.conditions = NEED_MSRS_IGNORED)
{
	u64 value;

	for (u32 msr = MSR_KVM_ASYNC_PF_ACK + 1; msr <= MSR_KVM_CUSTOM_LAST; msr++) {
		if (msr == MSR_KVM_MIGRATION_CONTROL && kvm_has(KVM_FEATURE_MIGRATION_CONTROL))
			continue;
		wrmsr_safe(msr, 1);
		rdmsr_safe(msr, &value);
		EXPECT_TRUE(!value, "MSR %#x: got %#lx, want 0", msr, (unsigned long)value);
	}
}

static u64 read_at_cpl_3(u64 msr)
{
	u64 value;

	return rdmsr_safe((u32)msr, &value);
}

static u64 write_at_cpl_3(u64 msr)
{
	return wrmsr_safe((u32)msr, 0);
}

/* This is the processor's rule for every MSR, and KVM must not get around it. [M01] */
TEST(msr_access, all_fault_at_cpl_3)
{
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		fault_t on_read = (fault_t)user_call(read_at_cpl_3, row->msr);
		fault_t on_write = (fault_t)user_call(write_at_cpl_3, row->msr);

		EXPECT_TRUE(on_read == FAULT(GP_VECTOR, 0) && on_write == FAULT(GP_VECTOR, 0),
			    "%s at CPL 3: got %s on RDMSR, %s on WRMSR, want #GP(0)", row->name,
			    fault_text(on_read), fault_text(on_write));
	}
}

SUITE(msr_access, .contract = "msr.rst", .needs.conditions = NEED_KVM);
