/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/pages.h"

#include "lib/string.h"
#include "x86/cpu/processor.h"
#include "x86/platform/boot_info.h"

extern u8 image_end[];

static struct memory_range left;

/* The largest part of RAM between the image and 4 GiB. */
void pages_init(void)
{
	for (unsigned int i = 0; i < boot_info.ram_count; i++) {
		u64 start = MAX(boot_info.ram[i].start, (u64)image_end);
		u64 end = MIN(boot_info.ram[i].end, 1ull << 32);

		start = (start + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1ull);
		if (start < end && end - start > left.end - left.start)
			left = (struct memory_range){start, end};
	}
}

void *pages_alloc(size_t count)
{
	void *pages = (void *)left.start;

	if (left.end - left.start < count * PAGE_SIZE)
		return NULL;
	left.start += count * PAGE_SIZE;
	return memset(pages, 0, count * PAGE_SIZE);
}
