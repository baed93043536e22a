/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PV features of a vCPU after INIT and STARTUP.
 *
 * Contract: INIT puts the vCPU's PV MSRs back to their values at power-on, and so disables the
 *           features: the host writes nothing more to the vCPU's areas, and drops events that it
 *           has not delivered. INIT keeps MSR_KVM_POLL_CONTROL, and the wall clock's MSR, which is
 *           the VM's. The other vCPUs keep everything.
 * Source:   arch/x86/kvm/x86.c, kvm_vcpu_reset(); lapic.c, kvm_lapic_reset().
 * How:      vCPU 1 enables all that is advertised, is reset, and then does what makes the host write
 *           if a feature is enabled.
 * Needs:    two vCPUs; for PV EOI and asynchronous page faults a local APIC in the kernel.
 * Cannot show: pages that the host was fetching for the vCPU; async_pf_cold_cpus.c does.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/needs.h"
#include "x86/platform/port80.h"

#define TEST_VECTOR FIRST_TEST_VECTOR
#define APF_VECTOR  (FIRST_TEST_VECTOR + 1)

#define CPUID_STRUCTURED 7

/* What the host writes for the features of one vCPU. */
struct areas {
	struct kvm_steal_time steal;
	struct kvm_vcpu_pv_apf_data apf;
	struct pvclock_vcpu_time_info clock;
	u32 eoi;
};

static struct areas areas[2];
static struct pvclock_wall_clock wall;

static volatile unsigned int interrupts, apf_interrupts;

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	apic_eoi();
	return true;
}

static bool on_apf(struct trap_frame *frame)
{
	(void)frame;
	apf_interrupts++;
	apic_eoi();
	return true;
}

/*
 * Values that differ from those at power-on, which are 1 for MSR_KVM_POLL_CONTROL. MSR_KVM_ASYNC_PF_ACK always reads 0.
 */
static u64 enabled_value(const struct areas *of, u32 msr)
{
	switch (msr) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		return (u64)&wall;
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		return (u64)&of->clock | KVM_MSR_ENABLED;
	case MSR_KVM_ASYNC_PF_EN:
		return (u64)&of->apf | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT;
	case MSR_KVM_ASYNC_PF_INT:
		return APF_VECTOR;
	case MSR_KVM_STEAL_TIME:
		return (u64)&of->steal | KVM_MSR_ENABLED;
	case MSR_KVM_PV_EOI_EN:
		return (u64)&of->eoi | KVM_MSR_ENABLED;
	default:
		return 0;
	}
}

/* From the table's end: there the vector comes before the MSR that enables its interrupt. */
static void enable(void *of)
{
	trap_set_handler(TEST_VECTOR, on_interrupt);
	trap_set_handler(APF_VECTOR, on_apf);
	for (const struct pv_msr *row = pv_msrs + pv_msr_count; row-- > pv_msrs;)
		if (pv_msr_is_usable(row))
			wrmsr(row->msr, enabled_value(of, row->msr));
}

/* Each test begins with this. */
static void enable_on_vcpu_1(void)
{
	memset(areas, 0, sizeof(areas));
	interrupts = apf_interrupts = 0;
	smp_call(1, enable, &areas[1]);
}

static void expect_value(const struct pv_msr *row, u64 want)
{
	u64 got = rdmsr(row->msr);

	EXPECT_TRUE(got == want, "%s on vCPU %u: got %#lx, want %#lx", row->name, this_cpu()->index,
		    (unsigned long)got, (unsigned long)want);
}

static void expect_values_after_init(void *of)
{
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++)
		if (pv_msr_is_usable(row))
			expect_value(row, row->kept_by_init ? enabled_value(of, row->msr) : row->reset);
}

/*
 * kvm_vcpu_reset() resets each feature by a statement of its own, so that one can be forgotten, or one reset that INIT
 * has to keep. [M05 P03 A36]
 */
TEST(init, msrs_read_as_at_power_on)
{
	enable_on_vcpu_1();
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	smp_call(1, expect_values_after_init, &areas[1]);
}

/* INIT is for one vCPU. An exit to userspace makes the host refresh steal time. [M05] */
TEST(init, other_vcpus_keep_theirs)
{
	u32 version;

	enable_on_vcpu_1();
	enable(&areas[0]);
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++)
		if (pv_msr_is_usable(row))
			expect_value(row, enabled_value(&areas[0], row->msr));
	if (!kvm_has(KVM_FEATURE_STEAL_TIME))
		return;
	version = READ_ONCE(areas[0].steal.version);
	exit_to_userspace();
	EXPECT_NE(READ_ONCE(areas[0].steal.version), version);
}

/*
 * An exit to userspace makes KVM write steal time, an interrupt PV EOI, and a write of IA32_TSC_ADJUST with its old
 * value this vCPU's clock. Other causes of a clock update would take longer. The interrupt must arrive at least once:
 * one in two thousand arrives twice where KVM runs under emulation, by QEMU's VMRUN.
 */
static void provoke_writes(void *unused)
{
	unsigned int before = interrupts;

	(void)unused;
	exit_to_userspace();
	if (cpuid(CPUID_STRUCTURED).ebx & CPUID_7_EBX_TSC_ADJUST)
		wrmsr(MSR_IA32_TSC_ADJUST, rdmsr(MSR_IA32_TSC_ADJUST));
	apic_send(apic_id(), TEST_VECTOR | APIC_INT_ASSERT);
	exit_to_userspace();
	EXPECT_NE(interrupts, before);
}

static void expect_vcpu_1_served(void)
{
	if (kvm_has(KVM_FEATURE_STEAL_TIME))
		EXPECT_TRUE(READ_ONCE(areas[1].steal.version) != 0,
			    "vCPU 1's steal time: got version 0, want an update");
	if (kvm_has(KVM_FEATURE_CLOCKSOURCE2))
		EXPECT_TRUE(READ_ONCE(areas[1].clock.version) != 0,
			    "vCPU 1's kvmclock: got version 0, want an update");
}

/*
 * KVM caches the areas' addresses apart from the MSRs. After INIT it must not use them: the guest may have given the
 * memory another use. [M06 E15]
 */
TEST(init, host_writes_nothing_to_old_areas)
{
	enable_on_vcpu_1();
	smp_call(1, provoke_writes, NULL);
	expect_vcpu_1_served();
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	memset(&areas[1], FILLER, sizeof(areas[1]));
	smp_call(1, provoke_writes, NULL);
	EXPECT_BYTES(&areas[1], FILLER, sizeof(areas[1]));
}

/* Linux does this whenever it takes a vCPU offline and online again. */
TEST(init, features_can_be_enabled_again)
{
	enable_on_vcpu_1();
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	memset(&areas[1], 0, sizeof(areas[1]));
	smp_call(1, enable, &areas[1]);
	smp_call(1, provoke_writes, NULL);
	expect_vcpu_1_served();
}

static void allow_delivery(void *unused)
{
	(void)unused;
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	exit_to_userspace();
}

/*
 * Enabling queues a wake-all event. KVM cannot deliver it while there is a token in the area. After INIT it could, but
 * must have dropped it. [A27]
 */
TEST(init, waiting_async_pf_notification_is_dropped,
     .needs = {.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
	       .conditions = NEED_KERNEL_LAPIC})
{
	unsigned int delivered;

	enable_on_vcpu_1();
	EXPECT_NE(apf_interrupts, 0u);
	WRITE_ONCE(areas[1].apf.token, 1);
	smp_call(1, enable, &areas[1]);
	EXPECT_EQ(READ_ONCE(areas[1].apf.token), 1u);
	delivered = apf_interrupts;
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	WRITE_ONCE(areas[1].apf.token, 0);
	smp_call(1, allow_delivery, NULL);
	EXPECT_EQ(READ_ONCE(areas[1].apf.token), 0u);
	EXPECT_EQ(apf_interrupts, delivered);
}

SUITE(init, .contract = "msr.rst; INIT as in kvm_vcpu_reset()",
      .needs = {.cpus = 2, .conditions = NEED_KVM | NEED_USABLE_PV_MSR});
