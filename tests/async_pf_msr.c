/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults: which values their MSRs take.
 *
 * Contract: MSR_KVM_ASYNC_PF_EN has the area's address in bits 63:6, bits 3:0 are flags, bits 5:4
 *           reserved. With bits 0 and 3 set the area must lie in RAM. MSR_KVM_ASYNC_PF_INT has a
 *           vector in bits 7:0, the rest reserved. MSR_KVM_ASYNC_PF_ACK reads as 0 and accepts any
 *           value. INIT zeroes the first two.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN, _INT and _ACK; arch/x86/kvm/x86.c,
 *           kvm_pv_enable_async_pf(), _int().
 * How:      by writing values, most of which enable nothing.
 * Needs:    the feature that each bit or MSR belongs to; for some, a host that enforces CPUID, or a
 *           local APIC in the kernel.
 * Cannot show: what the flags do.
 */
#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/boot_info.h"

#define NOT_RAM	     (1ull << 45)
#define BY_INTERRUPT (KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)

static struct kvm_vcpu_pv_apf_data area;
static struct kvm_steal_time steal_area;

/*
 * Bits 63:8 are reserved. KVM must refuse them before it stores the value, of which it keeps a copy
 * (kvm_pv_enable_async_pf_int()). [A01]
 */
TEST(async_pf_msr, the_vector_has_eight_bits, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_KERNEL_LAPIC)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_INT, 0xff));
	EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_INT), 0xff);
	for (int bit = 8; bit < 64; bit++)
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_INT, BIT_ULL(bit) | 0x41));
	EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_INT), 0xff);
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_INT, 0));
}

/*
 * Bits 5:4 are reserved whether bit 0 is set or not, so KVM has to check them before it looks at the enable bits. [A02]
 */
TEST(async_pf_msr, reserved_bits_fault_and_change_nothing)
{
	for (int bit = 4; bit <= 5; bit++) {
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | BIT_ULL(bit)));
		EXPECT_FAULT(GP_VECTOR,
			     wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | BIT_ULL(bit) | BY_INTERRUPT));
		EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_EN), 0);
	}
}

/*
 * KVM must accept 0 even without a local APIC in the kernel, or the VMM could not reset such a VM; until Linux 5.9 it
 * refused. [A12]
 */
TEST(async_pf_msr, zero_is_always_taken)
{
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, 0));
	EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_EN), 0);
}

/*
 * Enabling maps the area, so an address outside of RAM has to fault. Up to Linux 6.18 RDMSR then returns the refused
 * value, from 7.2 on the old one. [A10]
 */
TEST(async_pf_msr, an_address_outside_of_ram_faults, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_INT))
{
	u64 value;

	ASSERT_TRUE(!boot_is_ram(NOT_RAM, sizeof(area)), "cannot test: got RAM at 32 TiB, want none");
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_EN, NOT_RAM | BY_INTERRUPT));
	value = rdmsr(MSR_KVM_ASYNC_PF_EN);
	EXPECT_TRUE(!value || value == (NOT_RAM | BY_INTERRUPT),
		    "the MSR after a refused write: got %#lx, want 0 or %#lx", (unsigned long)value,
		    (unsigned long)(NOT_RAM | BY_INTERRUPT));
	test_observed("the refused value is %s", value ? "remembered" : "forgotten");
}

/*
 * KVM looks at bit 0 of a write and stores nothing: every value is accepted, and reads give 0, whatever the MSRs of its
 * neighbours in kvm_get_msr_common() hold. [A09]
 */
TEST(async_pf_msr, an_acknowledgement_may_have_any_value, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_INT))
{
	const u64 values[] = {0, 1, ~1ull, ~0ull};

	if (kvm_has(KVM_FEATURE_STEAL_TIME))
		wrmsr_safe(MSR_KVM_STEAL_TIME, (u64)&steal_area | KVM_MSR_ENABLED);
	for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
		EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_ACK, values[i]));
		EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_ACK), 0);
	}
}

/*
 * Where KVM_FEATURE_ASYNC_PF_VMEXIT is advertised, bit 2 is no reserved bit, enabled or not. Only nested guests see its
 * effect. [A13]
 */
TEST(async_pf_msr, delivery_as_exit_is_taken, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT),
     .needs.conditions = NEED_KERNEL_LAPIC)
{
	const u64 value = (u64)&area | KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT;

	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, value));
	EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_EN), value);
}

/*
 * Under enforcement both MSRs and bit 3 belong to KVM_FEATURE_ASYNC_PF_INT. Before 5.10.70 and 5.13 KVM checked the bit
 * of ASYNC_PF for the ACK. [A14]
 */
TEST(async_pf_msr, without_interrupts_offered_none_can_be_asked_for,
     .needs.absent = BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_ENFORCED | NEED_KERNEL_LAPIC | NEED_MSR_FAULTS)
{
	u64 value;

	EXPECT_FAULT(GP_VECTOR, rdmsr_safe(MSR_KVM_ASYNC_PF_INT, &value));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_INT, 0));
	EXPECT_FAULT(GP_VECTOR, rdmsr_safe(MSR_KVM_ASYNC_PF_ACK, &value));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_ACK, 1));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_DELIVERY_AS_INT));
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_ENABLED));
}

/*
 * Under enforcement bit 2 must fault where KVM_FEATURE_ASYNC_PF_VMEXIT is hidden, although the MSR itself belongs to
 * another feature. [A15]
 */
TEST(async_pf_msr, without_exits_offered_none_can_be_asked_for,
     .needs.absent = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT), .needs.conditions = NEED_ENFORCED)
{
	EXPECT_FAULT(GP_VECTOR,
		     wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT));
}

static u64 enable_on_vcpu_1, vector_on_vcpu_1;

static void set_both(void *argument)
{
	(void)argument;
	wrmsr(MSR_KVM_ASYNC_PF_INT, 0x41);
	wrmsr(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_ENABLED);
}

static void read_both(void *argument)
{
	(void)argument;
	vector_on_vcpu_1 = rdmsr(MSR_KVM_ASYNC_PF_INT);
	enable_on_vcpu_1 = rdmsr(MSR_KVM_ASYNC_PF_EN);
}

/*
 * INIT zeroes both MSRs as RDMSR shows them. KVM's own copy of the vector survives, so a guest must not count on it.
 * [A36]
 */
TEST(async_pf_msr, init_zeroes_enable_and_vector, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.cpus = 2, .needs.conditions = NEED_KERNEL_LAPIC)
{
	smp_call(1, set_both, NULL);
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	enable_on_vcpu_1 = vector_on_vcpu_1 = 1;
	smp_call(1, read_both, NULL);
	EXPECT_EQ(vector_on_vcpu_1, 0);
	EXPECT_EQ(enable_on_vcpu_1, 0);
}

SUITE(async_pf_msr, .contract = "msr.rst, MSR_KVM_ASYNC_PF_EN, MSR_KVM_ASYNC_PF_INT, MSR_KVM_ASYNC_PF_ACK",
      .needs.features = BIT(KVM_FEATURE_ASYNC_PF));
