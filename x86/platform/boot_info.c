/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/boot_info.h"

#include "lib/string.h"

/* Multiboot Specification 0.6.96, section 3.3. */
#define MULTIBOOT_FLAG_CMDLINE BIT(2)
#define MULTIBOOT_FLAG_MMAP    BIT(6)
#define MULTIBOOT_FLAG_NAME    BIT(9)
#define MULTIBOOT_MEMORY_RAM   1

struct multiboot_info {
	u32 flags;
	u32 mem_lower, mem_upper;
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
	u32 drives_length, drives_addr;
	u32 config_table;
	u32 boot_loader_name;
};

struct multiboot_mmap {
	u32 size; /* of what follows */
	u64 start, length;
	u32 type;
} __attribute__((packed));

/* Xen, docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h. */
#define PVH_MEMORY_RAM 1

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp;
	/* version 1 */
	u64 memmap;
	u32 memmap_entries, reserved;
};

struct pvh_memmap {
	u64 start, length;
	u32 type, reserved;
};

struct boot_info boot_info;

static void add_ram(u64 start, u64 length)
{
	if (boot_info.ram_count < ARRAY_SIZE(boot_info.ram) && length)
		boot_info.ram[boot_info.ram_count++] = (struct memory_range){start, start + length};
}

static void set_cmdline(const char *text)
{
	size_t length = strlen(text);

	if (length >= sizeof(boot_info.cmdline)) {
		length = sizeof(boot_info.cmdline) - 1;
		boot_info.cmdline_cut = true;
	}
	memcpy(boot_info.cmdline, text, length);
}

/* kexec-tools call themselves "kexec" and a version. */
static enum boot_loader loader_of_name(const char *name)
{
	if (!strcmp(name, "qemu"))
		return BOOT_LOADER_VMM;
	return string_glob("kexec*", name) ? BOOT_LOADER_KEXEC : BOOT_LOADER_OTHER;
}

/* QEMU puts the image's file name first, as GRUB Legacy did; GRUB 2 leaves it out. */
static const char *skip_image_name(const char *cmdline, const char *loader)
{
	if (strcmp(loader, "qemu") != 0)
		return cmdline;
	while (*cmdline && *cmdline != ' ')
		cmdline++;
	while (*cmdline == ' ')
		cmdline++;
	return cmdline;
}

void boot_from_multiboot(u32 info)
{
	const struct multiboot_info *mbi = (const void *)(u64)info;
	u32 flags = mbi->flags; /* read once: gcc 14.2 crashes if the flags are tested in place */
	const char *loader = flags & MULTIBOOT_FLAG_NAME ? (const char *)(u64)mbi->boot_loader_name : "";

	boot_info.protocol = "multiboot";
	boot_info.loader = loader_of_name(loader);
	if (flags & MULTIBOOT_FLAG_CMDLINE)
		set_cmdline(skip_image_name((const char *)(u64)mbi->cmdline, loader));
	if (!(flags & MULTIBOOT_FLAG_MMAP))
		return;
	for (u64 at = mbi->mmap_addr; at < (u64)mbi->mmap_addr + mbi->mmap_length;) {
		const struct multiboot_mmap *entry = (const void *)at;

		if (entry->type == MULTIBOOT_MEMORY_RAM)
			add_ram(entry->start, entry->length);
		at += entry->size + sizeof(entry->size);
	}
}

void boot_from_pvh(u32 info)
{
	const struct pvh_start_info *start = (const void *)(u64)info;
	const struct pvh_memmap *map = (const void *)start->memmap;

	boot_info.protocol = "pvh";
	boot_info.loader = BOOT_LOADER_VMM;
	boot_info.rsdp = start->rsdp;
	if (start->cmdline)
		set_cmdline((const char *)start->cmdline);
	for (u32 i = 0; start->version >= 1 && i < start->memmap_entries; i++)
		if (map[i].type == PVH_MEMORY_RAM)
			add_ram(map[i].start, map[i].length);
}

u64 boot_ram_size(void)
{
	u64 size = 0;

	for (unsigned int i = 0; i < boot_info.ram_count; i++)
		size += boot_info.ram[i].end - boot_info.ram[i].start;
	return size;
}

bool boot_is_ram(u64 start, u64 length)
{
	for (unsigned int i = 0; i < boot_info.ram_count; i++)
		if (start >= boot_info.ram[i].start && start <= boot_info.ram[i].end &&
		    length <= boot_info.ram[i].end - start)
			return true;
	return false;
}
