/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/odd_addresses.h"

#include "x86/platform/boot_info.h"

/* Intel SDM volume 3, "First Instruction Executed": the processor starts 16 bytes below 4 GiB. */
#define RESET_VECTOR 0xfffffff0ull
#define ROM_AREA     0xffffffc0ull

/* No device answers: reads return all ones. */
#define UNCLAIMED 0xff

/* QEMU's microvm keeps its firmware in memory that the guest can write. */
static bool is_writable(volatile u8 *byte)
{
	u8 before = *byte;
	bool changed;

	*byte = (u8)~before;
	changed = *byte != before;
	if (changed)
		*byte = before;
	return changed;
}

const volatile void *odd_address_rom(void)
{
	if (boot_is_ram(ROM_AREA, 64) || *(const volatile u8 *)RESET_VECTOR == UNCLAIMED ||
	    is_writable((volatile u8 *)ROM_AREA))
		return NULL;
	return (const volatile void *)ROM_AREA;
}

void *odd_address_ram_end(size_t size)
{
	u64 last = 0;

	for (unsigned int i = 0; i < boot_info.ram_count; i++)
		if (boot_info.ram[i].end <= 1ull << 32)
			last = MAX(last, boot_info.ram[i].end);
	return last < 1u << 20 ? NULL : (void *)((last - size) & ~(size - 1ull));
}
