/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/call_sites.h"

struct call_site {
	u32 returns_to; /* the image lies below 4 GiB */
	u16 file; /* an index in call_site_files */
	u16 line;
};

_Static_assert(sizeof(struct call_site) == 8, "boot/call_sites.awk writes it");

/* Sorted by address. The first link step has only weak references here, which are null. */
extern const struct call_site call_sites_start[] __attribute__((weak)),
	call_sites_end[] __attribute__((weak));
extern const u32 call_site_files[] __attribute__((weak)); /* the addresses of their names */

/* The first row whose address is not less. */
static const struct call_site *lower_bound(u64 address)
{
	const struct call_site *from = call_sites_start, *to = call_sites_end;

	while (from < to) {
		const struct call_site *middle = from + (to - from) / 2;

		if (middle->returns_to < address)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

bool call_site_find(u64 returns_to, unsigned int depth, struct source_place *place)
{
	const struct call_site *site = lower_bound(returns_to) + depth;

	if (site >= call_sites_end || site->returns_to != returns_to)
		return false;
	place->file = (const char *)(u64)call_site_files[site->file];
	place->line = site->line;
	return true;
}
