/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU that is plugged in while the VM runs.
 *
 * Contract: it has the PV MSRs of power-on, and the same clock as the others, which keep the stable flag, and whose time does not
 *           step.
 * Source:   msr.rst; arch/x86/kvm/x86.c, kvm_arch_vcpu_postcreate(), kvm_synchronize_tsc(), kvm_track_tsc_matching(). In
 *           Linux 6.1 each new vCPU has KVM take a new reference point for the master clock, so that what has drifted since the last
 *           one comes out at once (commit c52ffadc65e2).
 * How:      the guest asks the runner to plug one in, and starts it by INIT and STARTUP. Each test takes another one.
 * Needs:    kvmclock, the channel, and -smp ...,maxcpus= with vCPUs to come.
 * Cannot show: a step in a VM that has run for days. In one that has run for seconds a new reference point shows where there would
 *           be one.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/platform/channel_host.h"
#include "x86/platform/port80.h"

#define UPDATE_MS   3000
#define BUDGET_MS   30000
#define ROUNDING_NS 10

static unsigned int plug_and_start(void)
{
	u32 apic_id = channel_plug();
	unsigned int cpu = smp_start_plugged(apic_id);

	ASSERT_TRUE(cpu != 0, "got no start of the vCPU with APIC ID %u, want one", apic_id);
	return cpu;
}

static void expect_power_on(void *argument)
{
	(void)argument;
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		u64 value = 0;
		bool faults;

		if (!pv_msr_is_offered(row) || row->vm_wide)
			continue;
		faults = rdmsr_safe(row->msr, &value);
		EXPECT_TRUE(!faults && value == row->reset, "%s: got %#lx%s, want %#lx", row->name, value,
			    faults ? " and a fault" : "", row->reset);
	}
}

static void write_all(void *argument)
{
	static struct kvm_steal_time steal;

	(void)argument;
	if (pv_msr_is_usable(pv_msr_find(MSR_KVM_STEAL_TIME)))
		wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	if (pv_msr_is_usable(pv_msr_find(MSR_KVM_POLL_CONTROL)))
		wrmsr(MSR_KVM_POLL_CONTROL, 0);
	pvclock_use_new(NULL);
}

/* Those of the others do not matter. [M13] */
TEST(hotplug, a_new_vcpu_has_the_msrs_of_power_on, .budget_ms = BUDGET_MS)
{
	write_all(NULL);
	smp_call(plug_and_start(), expect_power_on, NULL);
}

static void read_own(void *argument)
{
	u64 *now = argument;

	*now = pvclock_now(pvclock_own_area());
}

static void wait_for_flag(void *argument)
{
	bool in_time = timer_wait_until(pvclock_own_is_stable(), UPDATE_MS);

	(void)argument;
	EXPECT_TRUE(in_time, "vCPU %u's flags: got %#x for %u ms, want PVCLOCK_TSC_STABLE_BIT set",
		    this_cpu()->index, pvclock_own_area()->flags, UPDATE_MS);
}

/* KVM takes the others' TSC offset for a vCPU that comes later, or its time would be that of a VM that has just begun. [K65] */
TEST(hotplug, a_new_vcpus_clock_agrees_with_the_others, .budget_ms = BUDGET_MS)
{
	unsigned int cpu;
	u64 earlier, now = 0, later;

	pvclock_require_stable(smp_cpus_online());
	cpu = plug_and_start();
	smp_call(cpu, pvclock_use_new, NULL);
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		smp_call(i, wait_for_flag, NULL);
	read_own(&earlier);
	smp_call(cpu, read_own, &now);
	read_own(&later);
	EXPECT_GE(now, earlier);
	EXPECT_LE(now, later);
}

/*
 * In Linux 6.1 KVM takes a new reference point when a vCPU comes, and what the host's clock and the TSC have drifted apart since
 * the last one comes out at once. 6.12 leaves it alone while the TSCs match. [K66]
 */
TEST(hotplug, a_new_vcpu_does_not_disturb_the_others_clocks, .budget_ms = BUDGET_MS)
{
	struct pvclock_vcpu_time_info before, after;
	u64 old, new, drift;

	pvclock_require_stable(smp_cpus_online());
	before = pvclock_snapshot(pvclock_own_area());
	plug_and_start();
	exit_to_userspace();
	wait_for_flag(NULL);
	after = pvclock_snapshot(pvclock_own_area());
	old = pvclock_at(&before, after.tsc_timestamp);
	new = pvclock_at(&after, after.tsc_timestamp);
	drift = ROUNDING_NS + (old - before.system_time) * pvclock_rate_max_ppm() / 1000000;
	EXPECT_LE(MAX(old, new) - MIN(old, new), drift);
	if (before.tsc_timestamp == after.tsc_timestamp)
		test_observed("a new vCPU leaves the reference point of the others' clocks alone");
	else
		test_observed("a new vCPU brings a new reference point for the others' clocks");
}

SUITE(hotplug, .contract = "msr.rst", .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2),
      .needs.conditions = NEED_CHANNEL);
