/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When the system time is stable: PVCLOCK_TSC_STABLE_BIT, and what clears it.
 *
 * Contract: the host clears the flag for all vCPUs when vCPU 0 uses the legacy MSR number, even to
 *           disable, and sets it again when vCPU 0 uses the new one. Other vCPUs may use either.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags; arch/x86/kvm/x86.c, kvm_write_system_time(),
 *           pvclock_update_vm_gtod_copy(). Bit 24 of CPUID does not matter: it only tells guests
 *           that they may trust the flag.
 * How:      vCPU 0 changes the number that it uses; each vCPU looks at its own structure, which the
 *           host brings up to date before that vCPU runs on.
 * Needs:    kvmclock, and the flag: the host's clocksource is the TSC. Most tests need two vCPUs.
 * Cannot show: whether a host that never sets the flag should, unless the runner has told its
 *           clocksource; a test of clock_pairing does, where the host pairs clocks.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/pvclock_areas.h"

#define LEGACY BIT(KVM_FEATURE_CLOCKSOURCE)

/*
 * KVM changes the flag before the vCPU that caused it runs on, and so for the others. That is not documented, so wait
 * as long as any update may take: up to Linux 6.12 other vCPUs' updates come after 100 ms, and a vCPU may be off its
 * CPU for as long, several times.
 */
#define UPDATE_MS 3000

static void wait_until_stable(void *argument)
{
	const bool *want = argument;
	bool in_time = timer_wait_until(pvclock_own_is_stable() == *want, UPDATE_MS);

	EXPECT_TRUE(in_time, "vCPU %u's flags: got %#x for %u ms, want PVCLOCK_TSC_STABLE_BIT %s",
		    this_cpu()->index, pvclock_own_area()->flags, UPDATE_MS, *want ? "set" : "clear");
}

static void expect_stable(unsigned int cpu, bool want)
{
	smp_call(cpu, wait_until_stable, &want);
}

/*
 * KVM takes the legacy number on vCPU 0 for a guest that does not know the flag, and turns the master clock off
 * (boot_vcpu_runs_old_kvmclock in kvm_write_system_time()). [K26]
 */
TEST(kvmclock_master, legacy_number_on_vcpu_0_clears_the_flag, .needs.features = LEGACY)
{
	pvclock_require_stable(1);
	pvclock_use_legacy(NULL);
	expect_stable(0, false);
}

/* The guest may boot another kernel: once that uses the new number, KVM has to turn the master clock on again. [K26] */
TEST(kvmclock_master, new_number_on_vcpu_0_sets_the_flag_again, .needs.features = LEGACY)
{
	pvclock_require_stable(1);
	pvclock_use_legacy(NULL);
	pvclock_use_new(NULL);
	expect_stable(0, true);
}

/* KVM looks at the number before the value. vCPU 0 has no area then, so the other vCPU looks at its own. [K27] */
TEST(kvmclock_master, disabling_through_either_number_counts_as_its_use, .needs.features = LEGACY,
     .needs.cpus = 2)
{
	pvclock_require_stable(2);
	wrmsr(MSR_KVM_SYSTEM_TIME, 0);
	expect_stable(1, false);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
	expect_stable(1, true);
}

/* There is one master clock for the VM, so KVM has to update the area of each vCPU when it comes or goes. [K29] */
TEST(kvmclock_master, every_vcpu_sees_the_flag_change, .needs.features = LEGACY, .needs.cpus = 2)
{
	pvclock_require_stable(pvclock_few_cpus());
	pvclock_use_legacy(NULL);
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		expect_stable(i, false);
	pvclock_use_new(NULL);
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		expect_stable(i, true);
}

/* Only vCPU 0 decides. Both register once more, so that a lost flag shows at the latest then. [K28] */
TEST(kvmclock_master, legacy_number_on_another_vcpu_keeps_the_flag, .needs.features = LEGACY, .needs.cpus = 2)
{
	pvclock_require_stable(2);
	for (int i = 0; i < 2; i++) {
		smp_call(1, pvclock_use_legacy, NULL);
		expect_stable(1, true);
		pvclock_use_new(NULL);
		expect_stable(0, true);
	}
}

/* Only vCPU 0 decides: another vCPU's use of the new number must not turn the master clock on. [K28] */
TEST(kvmclock_master, new_number_on_another_vcpu_does_not_set_it, .needs.features = LEGACY, .needs.cpus = 2)
{
	pvclock_require_stable(2);
	pvclock_use_legacy(NULL);
	smp_call(1, pvclock_use_new, NULL);
	expect_stable(1, false);
	pvclock_use_legacy(NULL);
	expect_stable(0, false);
}

SUITE(kvmclock_master, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW, flags",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
