/* SPDX-License-Identifier: BSD-2-Clause */
/* Each processor's descriptor table and task state segment. */
#ifndef X86_CPU_SEGMENTS_H
#define X86_CPU_SEGMENTS_H

#include "lib/types.h"
#include "x86/offsets.h"

/* Stacks that the processor switches to by itself, for events that may occur while the current stack is unusable. */
enum { IST_NMI = 1, IST_DF, IST_MC, IST_COUNT = 3 };

struct tss {
	u32 reserved0;
	u64 rsp0; /* stack on entry from CPL 3; x86/cpu/user_asm.S sets it */
	u64 rsp1, rsp2, reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, iomap_base;
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct tss) == 104, "the layout is the processor's");
OFFSET_IS(struct tss, rsp0, TSS_RSP0);

struct segments {
	u64 gdt[8];
	struct tss tss;
};

struct cpu;

/* Fill in cpu's tables and load them, and GS, on the processor that runs this. ist[i] are the tops of the stacks. */
void segments_init(struct cpu *cpu, const u64 ist[IST_COUNT]);
void segments_load(struct cpu *cpu);

#endif
