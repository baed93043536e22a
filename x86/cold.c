/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cold.h"

#include "lib/test.h"
#include "x86/boot_info.h"
#include "x86/processor.h"

/* Firmware keeps its tables near the end of RAM. */
#define LAST_KEPT 0x100000u

static u64 next_page = COLD_FIRST;

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
		test_skip("every cold page has been touched; run fewer tests at a time with run=, or give more memory");
	next_page += COLD_STRIDE;
	return page;
}

u64 cold_content(const u8 *page)
{
	return COLD_MAGIC | (u64)page;
}
