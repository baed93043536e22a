/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loader passed to the kernel, by either protocol. */
#ifndef X86_PLATFORM_BOOT_INFO_H
#define X86_PLATFORM_BOOT_INFO_H

#include "lib/types.h"

struct memory_range {
	u64 start;
	u64 end; /* one past the last byte */
};

/* What loaded this kernel: the VMM itself, a kernel that ran before in this VM, or something else, as GRUB. */
enum boot_loader { BOOT_LOADER_OTHER, BOOT_LOADER_VMM, BOOT_LOADER_KEXEC };

struct boot_info {
	const char *protocol;
	enum boot_loader loader;
	char cmdline[1024]; /* without the image's name */
	bool cmdline_cut; /* it was too long, and its end is missing */
	struct memory_range ram[32];
	unsigned int ram_count;
	u64 rsdp; /* 0: the loader did not pass it */
};

/* Filled in before kernel_main() runs, by boot/start.S calling one of the functions below. */
extern struct boot_info boot_info;

/* Copy what is needed out of the loader's structures, which lie anywhere in memory. */
void boot_from_multiboot(u32 info);
void boot_from_pvh(u32 info);

/* Bytes of RAM in all ranges. */
u64 boot_ram_size(void);

/* Is all of [start, start + length) RAM? */
bool boot_is_ram(u64 start, u64 length);

#endif
