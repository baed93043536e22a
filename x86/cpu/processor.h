/* SPDX-License-Identifier: BSD-2-Clause */
/* Architectural names: control registers, MSRs, selectors, vectors; and instructions that C cannot express. */
#ifndef X86_CPU_PROCESSOR_H
#define X86_CPU_PROCESSOR_H

/* Selectors; the table is built in x86/cpu/segments.c, and a first one in boot/start.S. */
#define KERNEL_CS   0x08
#define KERNEL_DS   0x10
#define KERNEL_CS32 0x18
#define USER_DS	    (0x20 | 3)
#define USER_CS	    (0x28 | 3)
#define TSS_SEL	    0x30

#define CR0_PE BIT_CONST(0)
#define CR0_MP BIT_CONST(1)
#define CR0_NE BIT_CONST(5)
#define CR0_WP BIT_CONST(16)
#define CR0_PG BIT_CONST(31)

#define CR4_PAE	  BIT_CONST(5)
#define CR4_PGE	  BIT_CONST(7)
#define CR4_VMXE  BIT_CONST(13)
#define CR4_PCIDE BIT_CONST(17)

#define CR3_KEEP_TLB BIT_CONST(63) /* in a value written with CR4.PCIDE set: drop no translations */

#define MSR_IA32_TSC	      0x10
#define MSR_IA32_APIC_BASE    0x1b
#define MSR_IA32_TSC_ADJUST   0x3b
#define MSR_IA32_TSC_DEADLINE 0x6e0
#define MSR_EFER	      0xc0000080
#define MSR_GS_BASE	      0xc0000101
#define MSR_VM_HSAVE_PA	      0xc0010117

#define EFER_LME  BIT_CONST(8)
#define EFER_NX	  BIT_CONST(11)
#define EFER_SVME BIT_CONST(12)

#define CPUID_1_ECX_VMX	       BIT_CONST(5)
#define CPUID_1_ECX_PCID       BIT_CONST(17)
#define CPUID_7_EBX_TSC_ADJUST BIT_CONST(1)
#define CPUID_EXTENDED	       0x80000001
#define CPUID_EXTENDED_ECX_SVM BIT_CONST(2)
#define CPUID_EXTENDED_EDX_NX  BIT_CONST(20)

#define RFLAGS_FIXED BIT_CONST(1)
#define RFLAGS_IF    BIT_CONST(9)

#define PTE_PRESENT  BIT_CONST(0)
#define PTE_WRITABLE BIT_CONST(1)
#define PTE_USER     BIT_CONST(2)
#define PTE_LARGE    BIT_CONST(7)
#define PTE_GLOBAL   BIT_CONST(8)

#define PAGE_SIZE 4096

/* The identity map, from address 0. */
#define GIB_MAPPED 4

/* Where application processors begin, below 640 KiB on a page boundary: the STARTUP IPI carries the page number. */
#define TRAMPOLINE_ADDRESS 0x8000

#ifdef __ASSEMBLER__

#define BIT_CONST(n) (1 << (n))

#else

#include "lib/types.h"

#define BIT_CONST(n) (1ull << (n))
#define PTE_NX	     BIT_CONST(63)

/* Exception vectors, named after the manuals' mnemonics. */
enum {
	DE_VECTOR = 0,
	DB_VECTOR = 1,
	NMI_VECTOR = 2,
	BP_VECTOR = 3,
	UD_VECTOR = 6,
	DF_VECTOR = 8,
	GP_VECTOR = 13,
	PF_VECTOR = 14,
	MC_VECTOR = 18,
};

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid_count(u32 leaf, u32 subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(subleaf));
	return r;
}

static inline struct cpuid cpuid(u32 leaf)
{
	return cpuid_count(leaf, 0);
}

/* RDTSC that is ordered with loads before and after it. */
static inline u64 rdtsc(void)
{
	u32 low, high;

	__asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
	return low | (u64)high << 32;
}

static inline void outb(u8 value, u16 port)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outw(u16 value, u16 port)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void outl(u32 value, u16 port)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u16 inw(u16 port)
{
	u16 value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline u32 inl(u16 port)
{
	u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" : : : "memory");
}

/* With interrupts off, only an NMI, an INIT or a kick ends it. */
static inline void cpu_halt(void)
{
	__asm__ volatile("hlt" : : : "memory");
}

/* STI takes effect after the next instruction: an interrupt that is pending before the HLT ends the HLT. */
static inline void irq_enable_and_halt(void)
{
	__asm__ volatile("sti; hlt" : : : "memory");
}

static inline u64 read_rflags(void)
{
	u64 flags;

	__asm__ volatile("pushf; pop %0" : "=r"(flags) : : "memory");
	return flags;
}

static inline bool irq_enabled(void)
{
	return read_rflags() & RFLAGS_IF;
}

/* Disable interrupts; returns whether they were enabled, for irq_restore(). */
static inline bool irq_save(void)
{
	bool enabled = irq_enabled();

	irq_disable();
	return enabled;
}

static inline void irq_restore(bool enabled)
{
	if (enabled)
		irq_enable();
}

static inline void pause(void)
{
	__asm__ volatile("pause" : : : "memory");
}

static inline u64 read_cr0(void)
{
	u64 value;

	__asm__ volatile("mov %%cr0, %0" : "=r"(value) : : "memory");
	return value;
}

static inline u64 read_cr2(void)
{
	u64 value;

	__asm__ volatile("mov %%cr2, %0" : "=r"(value) : : "memory");
	return value;
}

static inline u64 read_cr3(void)
{
	u64 value;

	__asm__ volatile("mov %%cr3, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void write_cr3(u64 value)
{
	__asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

static inline u64 read_cr4(void)
{
	u64 value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value) : : "memory");
	return value;
}

static inline void write_cr4(u64 value)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static inline void invlpg(const volatile void *address)
{
	__asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

#endif
#endif
