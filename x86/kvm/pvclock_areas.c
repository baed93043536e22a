/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pvclock_areas.h"

#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/told.h"

#define FEW_CPUS 8u

/* Up to Linux 6.12 other vCPUs' updates come 100 ms late, and a vCPU may be off its CPU for as long, several times. */
#define STABLE_MS 1000u

static struct {
	struct pvclock_vcpu_time_info info;
} ALIGNED(64) areas[SMP_CPUS_MAX];

struct pvclock_vcpu_time_info *pvclock_own_area(void)
{
	return &areas[this_cpu()->index].info;
}

static void use_number(u32 msr)
{
	wrmsr(msr, (u64)pvclock_own_area() | KVM_MSR_ENABLED);
}

void pvclock_use_new(void *unused)
{
	(void)unused;
	use_number(MSR_KVM_SYSTEM_TIME_NEW);
}

void pvclock_use_legacy(void *unused)
{
	(void)unused;
	use_number(MSR_KVM_SYSTEM_TIME);
}

bool pvclock_own_is_stable(void)
{
	return READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_TSC_STABLE_BIT;
}

/* KVM's condition: pvclock_update_vm_gtod_copy() in arch/x86/kvm/x86.c. QEMU starts all TSCs alike. */
void pvclock_require_stable(void)
{
	if (told.tsc_clock == TOLD_ON)
		ASSERT_TRUE(timer_wait_until(pvclock_own_is_stable(), STABLE_MS),
			    "vCPU %u's flags: got %#x for %u ms, want PVCLOCK_TSC_STABLE_BIT: the host's "
			    "clocksource is the TSC",
			    this_cpu()->index, pvclock_own_area()->flags, STABLE_MS);
	else if (!pvclock_own_is_stable())
		test_skip(UNMET_HOST, "clocksource=tsc");
}

unsigned int pvclock_few_cpus(void)
{
	return MIN(smp_cpus_online(), FEW_CPUS);
}
