/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercalls of KVM or of Hyper-V: on a host that offers both interfaces, the guest decides.
 *
 * Contract: once the guest has written an ID to HV_X64_MSR_GUEST_OS_ID, its hypercalls are Hyper-V's: the call's
 *           code is in RCX, and RAX returns a status, 2 (HV_STATUS_INVALID_HYPERCALL_CODE) for an unknown code. While
 *           the MSR is 0, they are KVM's. One MSR counts for all vCPUs.
 *           A hypercall accesses no device.
 * Source:   Hypervisor Top Level Functional Specification, "Establishing the Hypercall Interface";
 *           arch/x86/kvm/hyperv.c, kvm_hv_hypercall(), kvm_hv_hypercall_enabled().
 * How:      with a number in RAX and a code in RCX that neither interface has.
 * Needs:    Hyper-V's leaves in CPUID, as well as KVM's.
 * Cannot show: that Hyper-V's hypercalls work.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/i8237.h"

#define HV_X64_MSR_GUEST_OS_ID 0x40000000
#define HV_INVALID_CODE	       2
#define SOME_OS		       0x8100000000000000ull /* bit 63: open source; and a vendor */
#define UNKNOWN_NUMBER	       100
#define UNKNOWN_CODE	       0x7fff /* a code has 16 bits; the other bits of RCX are options of the call */

static void call_unknown(void *result)
{
	*(s64 *)result = hypercall(UNKNOWN_NUMBER, 0, UNKNOWN_CODE, 0, 0);
}

struct results {
	s64 by_boot_cpu, by_last_cpu;
};

static struct results call_as(u64 os)
{
	struct results results;

	wrmsr(HV_X64_MSR_GUEST_OS_ID, os);
	call_unknown(&results.by_boot_cpu);
	smp_call(smp_cpus_online() - 1, call_unknown, &results.by_last_cpu);
	return results;
}

/* Nothing before the third call may end the test: the framework does not restore this MSR. [H10] */
TEST(hypercall_hyperv, are_hyper_vs_while_the_guest_has_a_name_there)
{
	struct results nameless, named, nameless_again;

	nameless = call_as(0);
	named = call_as(SOME_OS);
	nameless_again = call_as(0);
	EXPECT_EQ(nameless.by_boot_cpu, -KVM_ENOSYS);
	EXPECT_EQ(nameless.by_last_cpu, -KVM_ENOSYS);
	EXPECT_EQ(named.by_boot_cpu, HV_INVALID_CODE);
	EXPECT_EQ(named.by_last_cpu, HV_INVALID_CODE);
	EXPECT_EQ(nameless_again.by_boot_cpu, -KVM_ENOSYS);
	EXPECT_EQ(nameless_again.by_last_cpu, -KVM_ENOSYS);
}

static void call_unknown_here(void)
{
	s64 result;

	call_unknown(&result);
}

/* As hypercall.no_device_is_accessed_again. [H12] */
TEST(hypercall_hyperv, no_device_is_accessed_again)
{
	u32 address;

	i8237_need();
	wrmsr(HV_X64_MSR_GUEST_OS_ID, SOME_OS);
	address = i8237_read_address_around(call_unknown_here);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0);
	EXPECT_EQ(address, I8237_SOME_ADDRESS);
}

SUITE(hypercall_hyperv, .contract = "Hypervisor Top Level Functional Specification, HV_X64_MSR_GUEST_OS_ID",
      .needs.conditions = NEED_KVM | NEED_HYPERCALLS | NEED_HYPERV);
