/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What KVM offers to VMMs: KVM_GET_SUPPORTED_CPUID against what KVM does.
 *
 * Contract: KVM_GET_SUPPORTED_CPUID names the features that KVM supports. A VMM shows its guests no others, so a
 *           feature that KVM has and does not name is lost to all of them, without a word.
 * Source:   Documentation/virt/kvm/api.rst, KVM_GET_SUPPORTED_CPUID; arch/x86/kvm/cpuid.c, __do_cpuid_func().
 * How:      without enforcement KVM does not look at the guest's CPUID: what it has works. So each feature that
 *           leaves a trace is tried, in values that enable nothing.
 * Needs:    what KVM offers, which the runner asks: kvm-features=; no enforcement.
 * Cannot show: KVM_FEATURE_NOP_IO_DELAY and KVM_FEATURE_PV_TLB_FLUSH, to which no MSR and no hypercall belongs; but
 *           tests/counted_exits.c counts flushes.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/vectors.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"

static struct pvclock_vcpu_time_info clock;

static bool takes(u32 msr, u64 value)
{
	return !wrmsr_safe(msr, value);
}

static bool has_async_pf_vmexit(void)
{
	return takes(MSR_KVM_ASYNC_PF_EN, KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT);
}

/* With interrupts for none: a number that KVM knows, even without a local APIC of its own. */
static bool has_send_ipi(void)
{
	return hypercall_returns() && hypercall(KVM_HC_SEND_IPI, 0, 0, 0, FIRST_TEST_VECTOR) != -KVM_ENOSYS;
}

static bool has_kick(void)
{
	return hypercall_returns() && hypercall(KVM_HC_KICK_CPU, 0, APIC_ID_ABSENT, 0, 0) != -KVM_ENOSYS;
}

static bool has_yield(void)
{
	return hypercall_returns() && hypercall(KVM_HC_SCHED_YIELD, APIC_ID_ABSENT, 0, 0, 0) != -KVM_ENOSYS;
}

/* The flag that the bit is about: KVM sets it whether the guest was shown the bit or not. */
static bool has_stable_flag(void)
{
	return takes(MSR_KVM_SYSTEM_TIME_NEW, (u64)&clock | KVM_MSR_ENABLED) &&
	       (READ_ONCE(clock.flags) & PVCLOCK_TSC_STABLE_BIT);
}

static const struct {
	u32 bit;
	const char *name;
	bool (*acts)(void);
} traces[] = {
	{KVM_FEATURE_ASYNC_PF_VMEXIT, "KVM_FEATURE_ASYNC_PF_VMEXIT", has_async_pf_vmexit},
	{KVM_FEATURE_PV_SEND_IPI, "KVM_FEATURE_PV_SEND_IPI", has_send_ipi},
	{KVM_FEATURE_PV_UNHALT, "KVM_FEATURE_PV_UNHALT", has_kick},
	{KVM_FEATURE_PV_SCHED_YIELD, "KVM_FEATURE_PV_SCHED_YIELD", has_yield},
	{KVM_FEATURE_CLOCKSOURCE_STABLE_BIT, "KVM_FEATURE_CLOCKSOURCE_STABLE_BIT", has_stable_flag},
};

static bool is_offered(u32 bit)
{
	return told.kvm_features.value & BIT(bit);
}

static void need_offer(void)
{
	if (!told.kvm_features.known)
		test_skip(UNMET_SETTING, "kvm-features=MASK");
}

/* An MSR that takes its value of power-on is there: KVM refuses what it does not know. [C22] */
TEST(cpuid, msrs_that_kvm_has_are_offered, .needs.conditions = NEED_KVM | NEED_UNENFORCED | NEED_MSR_FAULTS)
{
	need_offer();
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++)
		EXPECT_TRUE(is_offered(row->feature) || !takes(row->msr, row->reset),
			    "bit %u of what KVM offers: got 0, want 1, as %s takes %#lx", row->feature,
			    row->name, (unsigned long)row->reset);
}

/* A hypercall that is not unknown, a way of delivery that is no reserved bit, and a flag. [C22] */
TEST(cpuid, what_else_kvm_does_is_offered, .needs.conditions = NEED_KVM | NEED_UNENFORCED | NEED_MSR_FAULTS)
{
	need_offer();
	for (unsigned int i = 0; i < ARRAY_SIZE(traces); i++)
		EXPECT_TRUE(is_offered(traces[i].bit) || !traces[i].acts(),
			    "bit %u of what KVM offers: got 0, want 1, as KVM has %s", traces[i].bit,
			    traces[i].name);
}

/*
 * The signature is what a guest looks for. VMMs that show KVM's leaves as they are show what KVM_GET_SUPPORTED_CPUID
 * returned. [C24]
 */
TEST(cpuid, leaves_are_where_the_vmm_shows_them)
{
	if (!told.kvm_base.known)
		test_skip(UNMET_SETTING, "kvm-base=N");
	EXPECT_EQ(kvm_leaf.base, told.kvm_base.value);
}

/* KVM removed MMU_OP in Linux 2.6.38, and bit 8 was never assigned. [C23] */
TEST(cpuid, what_kvm_cannot_have_is_not_offered, .needs.conditions = NEED_KVM)
{
	need_offer();
	EXPECT_EQ(told.kvm_features.value & (BIT(KVM_FEATURE_MMU_OP) | BIT(8)), 0u);
}
