/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/apic.h"

#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/trap.h"

#define CPUID_1_ECX_X2APIC BIT(21)
#define XAPIC_BASE	   0xfee00000ull
#define X2APIC_MSR	   0x800
#define VECTORS_PER_REG	   32

static bool x2apic;

bool apic_is_x2apic(void)
{
	return x2apic;
}

u32 apic_read(u32 reg)
{
	if (x2apic)
		return (u32)rdmsr(X2APIC_MSR + reg / 16);
	return *(volatile u32 *)(XAPIC_BASE + reg);
}

/* All registers but commands and the timer's count keep what is written, and are restored after a test. */
static bool keeps_what_is_written(u32 reg)
{
	return reg != APIC_EOI && reg != APIC_ICR && reg != APIC_ICR2 && reg != APIC_TIMER_ICR;
}

void apic_write(u32 reg, u32 value)
{
	if (keeps_what_is_written(reg))
		this_cpu()->apic_written = true;
	if (x2apic)
		wrmsr(X2APIC_MSR + reg / 16, value);
	else
		*(volatile u32 *)(XAPIC_BASE + reg) = value;
}

u32 apic_id(void)
{
	u32 id = apic_read(APIC_ID);

	return x2apic ? id : id >> 24;
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void apic_send(u32 destination, u32 low)
{
	bool enabled;

	if (x2apic) {
		wrmsr(X2APIC_MSR + APIC_ICR / 16, (u64)destination << 32 | low);
		return;
	}
	/* A handler that sends an interrupt must not come between the two writes. */
	enabled = irq_save();
	while (apic_read(APIC_ICR) & APIC_ICR_BUSY)
		pause();
	apic_write(APIC_ICR2, destination << 24);
	apic_write(APIC_ICR, low);
	irq_restore(enabled);
}

bool apic_vector_bit(u32 reg, u8 vector)
{
	return apic_read(reg + vector / VECTORS_PER_REG * 0x10) & BIT(vector % VECTORS_PER_REG);
}

void apic_init(void)
{
	u64 base = rdmsr(MSR_IA32_APIC_BASE) | APIC_BASE_ENABLE;

	/* Firmware may have chosen x2APIC mode already; KVM refuses that where CPUID does not offer it. */
	x2apic = cpuid(1).ecx & CPUID_1_ECX_X2APIC;
	wrmsr(MSR_IA32_APIC_BASE, base);
	if (x2apic)
		wrmsr(MSR_IA32_APIC_BASE, base | APIC_BASE_X2APIC);

	apic_write(APIC_SPIV, APIC_SPIV_ENABLE | SPURIOUS_VECTOR);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	apic_write(APIC_LVT_LINT1, APIC_LVT_NMI); /* the input through which the VMM injects NMIs */
}

void apic_end_interrupts(void)
{
	for (u32 reg = 0; reg < 8; reg++) {
		u32 in_service = apic_read(APIC_ISR + reg * 0x10);

		for (; in_service; in_service &= in_service - 1)
			apic_eoi();
	}
}
