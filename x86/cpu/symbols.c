/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/symbols.h"

struct symbol {
	u32 address;
	u32 name; /* the address of its text; the image lies below 4 GiB */
};

_Static_assert(sizeof(struct symbol) == 8, "boot/symbols.awk writes it");

/* Sorted by address. The first link step has only weak references here, which are null. */
extern const struct symbol symbols_start[] __attribute__((weak)), symbols_end[] __attribute__((weak));
extern const u8 image_start[], text_end[];

bool symbols_is_code(u64 address)
{
	return address >= (u64)image_start && address < (u64)text_end;
}

const char *symbols_find(u64 address, u64 *offset)
{
	const struct symbol *found = NULL;

	*offset = 0;
	if (!symbols_is_code(address))
		return "?";
	for (const struct symbol *s = symbols_start; s < symbols_end && s->address <= address; s++)
		found = s;
	if (!found)
		return "?";
	*offset = address - found->address;
	return (const char *)(u64)found->name;
}
