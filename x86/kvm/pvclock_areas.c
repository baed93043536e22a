/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pvclock_areas.h"

#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"

#define FEW_CPUS 8u

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

unsigned int pvclock_few_cpus(void)
{
	return MIN(smp_cpus_online(), FEW_CPUS);
}
