/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pv_areas.h"

#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_msr.h"

#define READY_VECTOR FIRST_TEST_VECTOR

struct pv_areas pv_areas[PV_AREAS_CPUS];

unsigned int pv_areas_cpus(void)
{
	return MIN(smp_cpus_online(), PV_AREAS_CPUS);
}

static bool ignore_ready(struct trap_frame *frame)
{
	(void)frame;
	apic_eoi();
	return true;
}

u64 pv_areas_value(u32 msr, unsigned int cpu)
{
	const struct pv_areas *areas = &pv_areas[cpu];

	switch (msr) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		return (u64)&pv_areas[pv_areas_cpus() - 1].wall; /* one for the VM: the last write counts */
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		return (u64)&areas->clock | KVM_MSR_ENABLED;
	case MSR_KVM_STEAL_TIME:
		return (u64)&areas->steal | KVM_MSR_ENABLED;
	case MSR_KVM_ASYNC_PF_INT:
		return READY_VECTOR;
	case MSR_KVM_ASYNC_PF_EN:
		return (u64)&areas->async_pf | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT;
	case MSR_KVM_PV_EOI_EN:
		return (u64)&areas->eoi | KVM_MSR_ENABLED;
	default:
		return 0;
	}
}

static bool use(const struct pv_msr *row)
{
	u64 value = pv_areas_value(row->msr, this_cpu()->index), held;

	return !pv_msr_is_usable(row) ||
	       (!wrmsr_safe(row->msr, value) && !rdmsr_safe(row->msr, &held) && held == value);
}

/* The vector first, without which KVM has nothing to send. */
static void use_all(void *argument)
{
	bool *used = argument;

	*used = use(pv_msr_find(MSR_KVM_ASYNC_PF_INT));
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++)
		*used = use(row) && *used;
}

bool pv_areas_use(void)
{
	bool all = true;

	trap_set_handler(READY_VECTOR, ignore_ready);
	for (unsigned int i = 0; i < pv_areas_cpus(); i++) {
		bool used = false;

		smp_call(i, use_all, &used);
		all = all && used;
	}
	return all;
}
