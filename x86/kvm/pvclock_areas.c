/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pvclock_areas.h"

#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/told.h"

#define FEW_CPUS 8u

/* The host changes the flag before WRMSR returns. That is not documented, so wait as long as any update may take. */
#define STABLE_MS 1000

/*
 * NTP steers a host's clocks, but not its CLOCK_MONOTONIC_RAW, which is behind kvmclock since Linux 5.5, nor its TSC. The
 * kernel limits that to 500 ppm, unless a daemon changes the length of a tick. The rest is for the calibration of the
 * TSC: the kernel may repeat it after KVM has started, and a difference of up to kvm.tsc_tolerance_ppm has no effect there.
 */
#define SLEW_MAX_PPM	500
#define CALIBRATION_PPM 250

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

void pvclock_require_stable(unsigned int count)
{
	static bool seen;
	bool stable, wanted;

	for (unsigned int i = 0; i < count; i++)
		smp_call(i, pvclock_use_new, NULL);
	wanted = seen || told.tsc_clock == TOLD_ON;
	stable = wanted ? timer_wait_until(pvclock_own_is_stable(), STABLE_MS) : pvclock_own_is_stable();
	seen = seen || stable;
	ASSERT_TRUE(stable || !wanted, "vCPU 0's flags: got %#x for %u ms, want PVCLOCK_TSC_STABLE_BIT, %s",
		    pvclock_own_area()->flags, STABLE_MS,
		    seen ? "which an earlier test saw" : "since the host's clocksource is the TSC");
	if (!stable)
		test_skip(UNMET_HOST, "clocksource=tsc");
}

u64 pvclock_timed_use(u32 msr)
{
	u64 start = rdtsc();

	use_number(msr);
	return timer_tsc_to_ns(rdtsc() - start);
}

u64 pvclock_drift_max_ppm(void)
{
	u64 told_ppm = (u64)ABS(told.clock_slew_ppm);

	return (told.clock_slew_known ? told_ppm : SLEW_MAX_PPM) + CALIBRATION_PPM;
}

u64 pvclock_rate_max_ppm(void)
{
	return MAX(pvclock_drift_max_ppm(), (u64)(SLEW_MAX_PPM + CALIBRATION_PPM));
}

unsigned int pvclock_few_cpus(void)
{
	return MIN(smp_cpus_online(), FEW_CPUS);
}
