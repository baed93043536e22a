/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/segments.h"

#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"

/* Descriptors of the manuals' "Code- and Data-Segment Descriptor Types": base 0, limit 4 GiB, present. */
#define CODE64 0x00af9b000000ffffull
#define CODE32 0x00cf9b000000ffffull
#define DATA   0x00cf93000000ffffull
#define DPL3   (3ull << 45)

void segments_init(struct cpu *cpu, const u64 ist[IST_COUNT])
{
	struct segments *s = &cpu->segments;
	u64 tss = (u64)&s->tss;

	s->tss.iomap_base = sizeof(s->tss); /* no I/O permission bitmap: CPL 3 has no ports */
	for (int i = 0; i < IST_COUNT; i++)
		s->tss.ist[i] = ist[i];

	s->gdt[KERNEL_CS / 8] = CODE64;
	s->gdt[KERNEL_DS / 8] = DATA;
	s->gdt[KERNEL_CS32 / 8] = CODE32;
	s->gdt[USER_DS / 8] = DATA | DPL3;
	s->gdt[USER_CS / 8] = CODE64 | DPL3;
	/* A 64-bit TSS descriptor takes two slots: limit, base 23:0, type 9 and P, base 31:24; then base 63:32. */
	s->gdt[TSS_SEL / 8] = (sizeof(s->tss) - 1) | (tss & 0xffffff) << 16 | 0x89ull << 40 |
			      (tss >> 24 & 0xff) << 56;
	s->gdt[TSS_SEL / 8 + 1] = tss >> 32;
}

void segments_load(struct cpu *cpu)
{
	const struct {
		u16 limit;
		u64 base;
	} __attribute__((packed)) gdtr = {sizeof(cpu->segments.gdt) - 1, (u64)cpu->segments.gdt};

	/* After INIT the descriptor may still be marked busy; LTR needs it to be available. */
	cpu->segments.gdt[TSS_SEL / 8] &= ~(2ull << 40);
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("ltr %w0" : : "r"(TSS_SEL));
	wrmsr(MSR_GS_BASE, (u64)cpu);
}
