/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads a Linux kernel (bzImage) and its initramfs from the first disk by the 32-bit boot protocol
 * (Documentation/arch/x86/boot.rst), without the BIOS: its calls take a multiple of the time.
 */
#include "nested-host/bochs/load.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* Numbers in sectors, but where they say so. */
struct boot_disk {
	u32 kernel_lba, kernel_sectors;
	u32 initramfs_lba, initramfs_bytes;
	u32 initramfs_address;
	char command_line[DESCRIPTION_SIZE - 5 * 4];
};

/* The first channel of the IDE controller. */
#define ATA_DATA    0x1f0
#define ATA_COUNT   0x1f2
#define ATA_LBA	    0x1f3
#define ATA_DEVICE  0x1f6
#define ATA_COMMAND 0x1f7 /* reading it gives the status */
#define ATA_CONTROL 0x3f6
#define ATA_BUSY    0x80
#define ATA_READY   0x08 /* with data */
#define ATA_READ    0x20
#define ATA_NO_IRQ  0x02
#define ATA_LBA_0   0xe0 /* master, 28-bit addresses */
#define ATA_MAX	    256 /* sectors in one command */
#define SECTOR	    512

/* In struct boot_params. */
#define MAP_COUNT	    0x1e8
#define SETUP_HEADER	    0x1f1 /* also: the size of the setup, in sectors */
#define SETUP_HEADER_END    0x201 /* from 0x202 on */
#define LOADER_TYPE	    0x210
#define RAMDISK_ADDRESS	    0x218
#define RAMDISK_SIZE	    0x21c
#define COMMAND_LINE	    0x228
#define MAP		    0x2d0
#define BOOT_PARAMS_SIZE    4096
#define SETUP_MAX	    64 /* sectors */
#define LOADER_UNREGISTERED 0xff

u32 load_kernel(u32 ranges);

static void outb(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 inb(u16 port)
{
	u8 value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void copy(void *to, const void *from, u32 bytes)
{
	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void zero(void *at, u32 bytes)
{
	__asm__ volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(0) : "memory");
}

static void read_sector(void **to)
{
	u32 words = SECTOR / 4;

	while ((inb(ATA_COMMAND) & (ATA_BUSY | ATA_READY)) != ATA_READY)
		;
	__asm__ volatile("rep insl" : "+D"(*to), "+c"(words) : "d"((u16)ATA_DATA) : "memory");
}

static void read_disk(u32 lba, u32 sectors, void *to)
{
	while (sectors) {
		u32 count = sectors < ATA_MAX ? sectors : ATA_MAX;

		while (inb(ATA_COMMAND) & ATA_BUSY)
			;
		outb(ATA_CONTROL, ATA_NO_IRQ);
		outb(ATA_DEVICE, (u8)(ATA_LBA_0 | lba >> 24));
		outb(ATA_COUNT, (u8)count); /* 0 is 256 */
		outb(ATA_LBA, (u8)lba);
		outb(ATA_LBA + 1, (u8)(lba >> 8));
		outb(ATA_LBA + 2, (u8)(lba >> 16));
		outb(ATA_COMMAND, ATA_READ);
		for (u32 i = 0; i < count; i++)
			read_sector(&to);
		lba += count;
		sectors -= count;
	}
	outb(ATA_CONTROL, 0);
}

static void set(u32 offset, u32 value)
{
	*(u32 *)(BOOT_PARAMS + offset) = value;
}

/* Returns the kernel's entry. @ranges: the number of entries of the memory map. */
u32 load_kernel(u32 ranges)
{
	struct boot_disk *disk = (struct boot_disk *)DESCRIPTION;
	u8 *params = (u8 *)BOOT_PARAMS, *setup = (u8 *)KERNEL_SETUP;
	u32 setup_sectors;

	read_disk(DESCRIPTION_LBA, DESCRIPTION_SIZE / SECTOR, disk);
	read_disk(disk->kernel_lba, SETUP_MAX, setup);
	setup_sectors = 1 + (setup[SETUP_HEADER] ? setup[SETUP_HEADER] : 4);

	zero(params, BOOT_PARAMS_SIZE);
	copy(params + SETUP_HEADER, setup + SETUP_HEADER, 0x202 + setup[SETUP_HEADER_END] - SETUP_HEADER);
	params[LOADER_TYPE] = LOADER_UNREGISTERED;
	params[MAP_COUNT] = (u8)ranges;
	copy(params + MAP, (void *)MEMORY_MAP, ranges * MEMORY_RANGE_SIZE);
	set(RAMDISK_ADDRESS, disk->initramfs_address);
	set(RAMDISK_SIZE, disk->initramfs_bytes);
	set(COMMAND_LINE, (u32)disk->command_line);

	read_disk(disk->kernel_lba + setup_sectors, disk->kernel_sectors - setup_sectors, (void *)KERNEL);
	read_disk(disk->initramfs_lba, (disk->initramfs_bytes + SECTOR - 1) / SECTOR,
		  (void *)disk->initramfs_address);
	return KERNEL;
}
