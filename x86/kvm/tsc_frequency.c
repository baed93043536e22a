/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/tsc_frequency.h"

#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/kvm/pvclock.h"

/* The host writes the area before the write of the MSR returns. A host that does not leaves 0 here. */
static u64 ask_kvmclock(void)
{
	static volatile struct pvclock_vcpu_time_info area;

	if (!kvm_has(KVM_FEATURE_CLOCKSOURCE2) ||
	    wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED))
		return 0;
	wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, 0);
	return pvclock_khz(area.tsc_to_system_mul, area.tsc_shift);
}

u64 tsc_frequency_khz(const char **source)
{
	u64 khz = cpuid_tsc_khz();

	*source = khz ? "cpuid" : "kvmclock";
	return khz ? khz : ask_kvmclock();
}
