/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Host-side polling on HLT: MSR_KVM_POLL_CONTROL.
 *
 * Contract: bit 0 = the host may poll for a while before it blocks a halted vCPU. 1 at power-on.
 *           Each vCPU has its own. Bits 63:1 are reserved: a write with one of them raises #GP,
 *           and changes nothing. A halted vCPU wakes up either way.
 * Source:   msr.rst, MSR_KVM_POLL_CONTROL; arch/x86/kvm/x86.c, kvm_set_msr_common().
 * How:      by writing every value that a single bit makes.
 * Needs:    the feature alone.
 * Cannot show: whether and how long the host polls, which only its statistics count. That INIT keeps
 *           the value is in tests/init.c.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

/* No firmware writes this MSR, so the test includes the boot vCPU. [P01] */
TEST(poll_control, polling_is_allowed_at_power_on, .needs.conditions = NEED_FRESH_VM)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++) {
		ASSERT_NO_FAULT(pv_msr_at_start(i, MSR_KVM_POLL_CONTROL)->fault);
		EXPECT_EQ(pv_msr_at_start(i, MSR_KVM_POLL_CONTROL)->value, 1);
	}
}

/*
 * A guest that polls before HLT itself forbids the host to do so, and allows it again when it stops (Linux:
 * cpuidle-haltpoll). [P01]
 */
TEST(poll_control, polling_can_be_forbidden_and_allowed)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_POLL_CONTROL, 0));
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_POLL_CONTROL, 1));
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1);
}

/* Bits 63:1 are reserved, so KVM has to refuse them before it stores bit 0. [P02] */
TEST(poll_control, reserved_bits_fault_and_change_nothing)
{
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	for (int bit = 1; bit < 64; bit++) {
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_POLL_CONTROL, BIT_ULL(bit) | 1));
		EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
	}
}

static void write_poll_control(void *value)
{
	wrmsr(MSR_KVM_POLL_CONTROL, (u64)value);
}

static void expect_poll_control(void *value)
{
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), (u64)value);
}

/* Each vCPU has both values once, so that a common default does not pass for independence. [P06] */
TEST(poll_control, each_vcpu_has_its_own, .needs.cpus = 2)
{
	for (u64 mine = 0; mine < 2; mine++) {
		wrmsr(MSR_KVM_POLL_CONTROL, mine);
		smp_call(1, write_poll_control, (void *)(1 - mine));
		EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), mine);
		smp_call(1, expect_poll_control, (void *)(1 - mine));
	}
}

/*
 * KVM may not poll in the first HLT: its polling interval grows from 0 with each short one. A lost wake-up shows as the
 * watchdog, since nothing else would end the HLT.
 */
TEST(poll_control, a_halted_vcpu_wakes_up_either_way)
{
	for (u64 polling = 0; polling < 2; polling++) {
		u64 start = timer_ns();

		wrmsr(MSR_KVM_POLL_CONTROL, polling);
		for (int i = 0; i < 5; i++)
			timer_sleep(NS_PER_MS / 10);
		EXPECT_GE(timer_ns() - start, 5 * NS_PER_MS / 10);
	}
}

SUITE(poll_control, .contract = "msr.rst, MSR_KVM_POLL_CONTROL",
      .needs.features = BIT(KVM_FEATURE_POLL_CONTROL));
