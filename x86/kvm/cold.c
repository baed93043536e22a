/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/cold.h"

#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/platform/boot_info.h"

/*
 * Memory below COLD_FIRST is in the page cache from the start. A host that misses a file's pages too often in a row
 * stops reading ahead, and its page faults are no longer asynchronous. One touch of a warm page for each cold page
 * prevents that.
 */
#define WARM_FIRST 0x400000u

/* Firmware keeps its tables near the end of RAM. */
#define LAST_KEPT 0x100000u

static u64 next_page = COLD_FIRST;
static u64 next_warm = WARM_FIRST;

static u64 cold_end(void)
{
	u64 end = COLD_FIRST;

	while (boot_is_ram(end, COLD_STRIDE + LAST_KEPT))
		end += COLD_STRIDE;
	return end;
}

unsigned int cold_pages_left(void)
{
	return (unsigned int)((cold_end() - next_page) / COLD_STRIDE);
}

u8 *cold_page(void)
{
	u8 *page = (u8 *)next_page;

	if (!cold_pages_left())
		test_skip(UNMET_MACHINE, "cold-pages");
	next_page += COLD_STRIDE;
	(void)READ_ONCE(*(u8 *)next_warm);
	next_warm = next_warm + COLD_FAULT_AROUND < COLD_FIRST ? next_warm + COLD_FAULT_AROUND : WARM_FIRST;
	return page;
}

u64 cold_content(const u8 *page)
{
	return COLD_MAGIC | (u64)page;
}
