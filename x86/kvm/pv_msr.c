/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pv_msr.h"

#include "lib/string.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/lapic.h"
#include "x86/platform/boot_info.h"

/*
 * Gate bits: arch/x86/kvm/x86.c, kvm_get_msr_common() and kvm_set_msr_common(). Reset values and what INIT
 * does: kvm_arch_vcpu_create(), kvm_vcpu_reset(). Reserved bits: msr.rst, and for MSR_KVM_STEAL_TIME
 * KVM_STEAL_RESERVED_MASK; the alignment that kvm_lapic_set_pv_eoi() wants makes bit 1 of PV EOI reserved.
 */
const struct pv_msr pv_msrs[] = {
	{.msr = MSR_KVM_WALL_CLOCK,
	 .name = "MSR_KVM_WALL_CLOCK",
	 .feature = KVM_FEATURE_CLOCKSOURCE,
	 .vm_wide = true,
	 .kept_by_init = true},
	{.msr = MSR_KVM_WALL_CLOCK_NEW,
	 .name = "MSR_KVM_WALL_CLOCK_NEW",
	 .feature = KVM_FEATURE_CLOCKSOURCE2,
	 .vm_wide = true,
	 .kept_by_init = true},
	{.msr = MSR_KVM_SYSTEM_TIME, .name = "MSR_KVM_SYSTEM_TIME", .feature = KVM_FEATURE_CLOCKSOURCE},
	{.msr = MSR_KVM_SYSTEM_TIME_NEW,
	 .name = "MSR_KVM_SYSTEM_TIME_NEW",
	 .feature = KVM_FEATURE_CLOCKSOURCE2},
	{.msr = MSR_KVM_ASYNC_PF_EN,
	 .name = "MSR_KVM_ASYNC_PF_EN",
	 .feature = KVM_FEATURE_ASYNC_PF,
	 .reserved = BIT_ULL(4) | BIT_ULL(5)},
	{.msr = MSR_KVM_ASYNC_PF_INT,
	 .name = "MSR_KVM_ASYNC_PF_INT",
	 .feature = KVM_FEATURE_ASYNC_PF_INT,
	 .reserved = ~0xffull},
	{.msr = MSR_KVM_ASYNC_PF_ACK, .name = "MSR_KVM_ASYNC_PF_ACK", .feature = KVM_FEATURE_ASYNC_PF_INT},
	{.msr = MSR_KVM_STEAL_TIME,
	 .name = "MSR_KVM_STEAL_TIME",
	 .feature = KVM_FEATURE_STEAL_TIME,
	 .reserved = 0x3e},
	{.msr = MSR_KVM_PV_EOI_EN,
	 .name = "MSR_KVM_PV_EOI_EN",
	 .feature = KVM_FEATURE_PV_EOI,
	 .reserved = BIT_ULL(1)},
	{.msr = MSR_KVM_POLL_CONTROL,
	 .name = "MSR_KVM_POLL_CONTROL",
	 .feature = KVM_FEATURE_POLL_CONTROL,
	 .reset = 1,
	 .reserved = ~1ull,
	 .kept_by_init = true},
};

const unsigned int pv_msr_count = ARRAY_SIZE(pv_msrs);

static bool is_async_pf(const struct pv_msr *row)
{
	return row->feature == KVM_FEATURE_ASYNC_PF || row->feature == KVM_FEATURE_ASYNC_PF_INT;
}

bool pv_msr_is_offered(const struct pv_msr *row)
{
	return kvm_has(row->feature) && (!is_async_pf(row) || kvm_emulates_lapic());
}

bool pv_msr_is_usable(const struct pv_msr *row)
{
	if (row->feature == KVM_FEATURE_CLOCKSOURCE && kvm_has(KVM_FEATURE_CLOCKSOURCE2))
		return false;
	if (row->feature == KVM_FEATURE_ASYNC_PF && !kvm_has(KVM_FEATURE_ASYNC_PF_INT))
		return false;
	if (row->feature == KVM_FEATURE_PV_EOI && !kvm_emulates_lapic())
		return false;
	return pv_msr_is_offered(row);
}

static struct pv_msr_reading *at_start; /* [cpu][row] */
static struct pv_msr_reading at_boot[ARRAY_SIZE(pv_msrs)];

const struct pv_msr *pv_msr_find(u32 msr)
{
	for (unsigned int i = 0; i < pv_msr_count; i++)
		if (pv_msrs[i].msr == msr)
			return &pv_msrs[i];
	return NULL;
}

void pv_msr_note_write(u32 msr)
{
	const struct pv_msr *row = pv_msr_find(msr);

	if (row)
		this_cpu()->pv_msrs_written |= BIT(row - pv_msrs);
	/* Restoring it takes a write to the new MSR, too: the master clock stays off until then. */
	if (msr == MSR_KVM_SYSTEM_TIME)
		pv_msr_note_write(MSR_KVM_SYSTEM_TIME_NEW);
}

/* Firmware uses the clock, if any. */
static bool is_of_firmware(const struct pv_msr *row)
{
	return row->msr == MSR_KVM_SYSTEM_TIME || row->msr == MSR_KVM_SYSTEM_TIME_NEW;
}

bool pv_msr_used_before(void)
{
	if (boot_info.loader == BOOT_LOADER_VMM)
		return false;
	if (boot_info.loader == BOOT_LOADER_KEXEC)
		return true;
	for (unsigned int i = 0; i < pv_msr_count; i++)
		if (!is_of_firmware(&pv_msrs[i]) && !at_boot[i].fault && at_boot[i].value != pv_msrs[i].reset)
			return true;
	return false;
}

void pv_msr_take_over(void)
{
	for (unsigned int i = 0; i < pv_msr_count; i++)
		at_boot[i].fault = rdmsr_safe(pv_msrs[i].msr, &at_boot[i].value);
	for (unsigned int i = 0; i < pv_msr_count; i++)
		if (!at_boot[i].fault && at_boot[i].value & KVM_MSR_ENABLED && !pv_msrs[i].vm_wide &&
		    !(pv_msrs[i].reserved >> 63))
			wrmsr_safe(pv_msrs[i].msr, 0);
}

void pv_msr_snapshot(void)
{
	struct pv_msr_reading *row;

	if (!at_start)
		at_start = pages_alloc(
			(smp_cpus_present() * sizeof(*at_start) * pv_msr_count + PAGE_SIZE - 1) / PAGE_SIZE);
	row = &at_start[this_cpu()->index * pv_msr_count];
	if (!this_cpu()->index) {
		memcpy(row, at_boot, sizeof(at_boot));
		return;
	}
	for (unsigned int i = 0; i < pv_msr_count; i++)
		row[i].fault = rdmsr_safe(pv_msrs[i].msr, &row[i].value);
}

const struct pv_msr_reading *pv_msr_at_start(unsigned int cpu_index, u32 msr)
{
	return &at_start[cpu_index * pv_msr_count + (unsigned int)(pv_msr_find(msr) - pv_msrs)];
}

void pv_msr_restore(void)
{
	struct cpu *cpu = this_cpu();

	for (unsigned int i = 0; i < pv_msr_count; i++)
		if (cpu->pv_msrs_written & BIT(i))
			wrmsr_safe(pv_msrs[i].msr, pv_msrs[i].reset);
	cpu->pv_msrs_written = 0;
}
