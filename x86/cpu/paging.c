/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/paging.h"

#include "x86/cpu/msr.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/processor.h"

#define LARGE_PAGE_SIZE	  0x200000ull
#define ENTRIES_PER_TABLE 512
#define ADDRESS_MASK	  0x000ffffffffff000ull

extern u64 boot_pml4[];
extern u32 boot_ap_cr3, boot_efer_nx;
extern const u8 image_start[], rodata_start[], data_start[], boot_stack_guard[];

static u64 nx; /* PTE_NX, or 0 on a processor without it */

static u64 *table_of(u64 entry)
{
	return (u64 *)(entry & ADDRESS_MASK);
}

u64 *paging_entry(const volatile void *address)
{
	u64 at = (u64)address;
	u64 *pdpt = table_of(boot_pml4[0]);
	u64 *pd = table_of(pdpt[at >> 30]);
	u64 *large = &pd[at >> 21 & 511];

	if (*large & PTE_LARGE) {
		u64 *table = pages_alloc(1);
		u64 rights = *large & ~(u64)PTE_LARGE;

		for (unsigned int i = 0; i < ENTRIES_PER_TABLE; i++)
			table[i] = rights + (u64)i * PAGE_SIZE;
		*large = (u64)table | PTE_PRESENT | PTE_WRITABLE | PTE_USER;
	}
	return &table_of(*large)[at >> 12 & 511];
}

void paging_unmap(const volatile void *address)
{
	*paging_entry(address) = 0;
	invlpg(address);
}

static void set_rights(const u8 *from, const u8 *to, u64 rights)
{
	for (const u8 *page = from; page < to; page += PAGE_SIZE)
		*paging_entry(page) = (u64)page | PTE_PRESENT | PTE_USER | rights;
}

void paging_init(void)
{
	u64 *pds = table_of(table_of(boot_pml4[0])[0]);

	if (cpuid(CPUID_EXTENDED).edx & CPUID_EXTENDED_EDX_NX) {
		nx = PTE_NX;
		boot_efer_nx = EFER_NX;
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NX);
	}
	for (unsigned int i = 1; i < GIB_MAPPED * ENTRIES_PER_TABLE; i++)
		pds[i] |= nx;
	set_rights(NULL, image_start, PTE_WRITABLE | nx);
	set_rights(image_start, rodata_start, 0);
	set_rights(rodata_start, data_start, nx);
	set_rights(data_start, (const u8 *)LARGE_PAGE_SIZE, PTE_WRITABLE | nx);
	*paging_entry(NULL) = 0;
	*paging_entry(boot_stack_guard) = 0;

	boot_ap_cr3 = (u32)(u64)boot_pml4;
	write_cr3((u64)boot_pml4);
}
