/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/cold.h"

#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/platform/boot_info.h"

/*
 * Memory below COLD_FIRST is in the page cache from the start. A host that misses some 100 of a file's pages more often than it finds
 * one stops reading ahead, and its page faults are no longer asynchronous (mmap_miss in mm/filemap.c). One touch of a warm page for
 * each cold page prevents that, as long as there are warm pages that have not been touched. Up to Linux 6.12 its neighbours count,
 * too, and fewer would do; on Linux 7.2 one for eight cold pages was seen to be too few.
 */
#define WARM_FIRST 0x400000u

/* Firmware keeps its tables near the end of RAM. */
#define LAST_KEPT 0x100000u

#define STRETCHES_MAX 512

static u64 next_page = COLD_FIRST;
static u64 next_warm = WARM_FIRST;
static bool chosen[STRETCHES_MAX], slow[STRETCHES_MAX]; /* pages that tests have got */

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

static void touch_warm_page(void)
{
	(void)READ_ONCE(*(u8 *)next_warm);
	next_warm = next_warm + COLD_FAULT_AROUND < COLD_FIRST ? next_warm + COLD_FAULT_AROUND : WARM_FIRST;
}

u8 *cold_page(void)
{
	u8 *page = (u8 *)next_page;

	if (!cold_pages_left())
		test_skip(UNMET_MACHINE, "cold-pages");
	next_page += COLD_STRIDE;
	touch_warm_page();
	return page;
}

u8 *cold_page_at(u32 offset, bool (*wanted)(u64 gfn, unsigned int what), unsigned int what)
{
	bool *taken = offset == COLD_SLOW ? slow : chosen;
	u64 end = cold_end();

	for (u64 at = COLD_FIRST; at < end && at / COLD_STRIDE < STRETCHES_MAX; at += COLD_STRIDE) {
		if (taken[at / COLD_STRIDE] || (wanted && !wanted((at + offset) / PAGE_SIZE, what)))
			continue;
		taken[at / COLD_STRIDE] = true;
		touch_warm_page();
		return (u8 *)(at + offset);
	}
	test_skip(UNMET_MACHINE, "cold-pages");
}

u64 cold_content(const u8 *page)
{
	return COLD_MAGIC | (u64)page;
}
