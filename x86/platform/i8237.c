/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/i8237.h"

#include "lib/test.h"
#include "x86/cpu/processor.h"

#define ADDRESS_0 0x00
#define FLIP_FLOP 0x0c /* a write makes the next byte a low one */

static void nothing(void)
{
}

void i8237_need(void)
{
	outb(0, FLIP_FLOP);
	outb((u8)I8237_SOME_ADDRESS, ADDRESS_0);
	outb(I8237_SOME_ADDRESS >> 8, ADDRESS_0);
	if (i8237_read_address_around(nothing) != I8237_SOME_ADDRESS)
		test_skip(UNMET_MACHINE, "i8237");
}

u32 i8237_read_address_around(void (*call)(void))
{
	u32 low;

	outb(0, FLIP_FLOP);
	low = inb(ADDRESS_0);
	call();
	return low | (u32)inb(ADDRESS_0) << 8;
}
