/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of an Intel host's boot disk, and what of memory its loader uses. machine-bochs.bash writes the disk: the loader,
 * one page that says where the rest is (struct boot_disk), the kernel, and its initramfs.
 */
#ifndef NESTED_HOST_BOCHS_LOAD_H
#define NESTED_HOST_BOCHS_LOAD_H

#define LOADER_SECTORS	  32
#define DESCRIPTION_LBA	  LOADER_SECTORS
#define DESCRIPTION_SIZE  4096
#define MEMORY_MAP	  0x5000
#define MEMORY_RANGE_SIZE 20
#define DESCRIPTION	  0x20000
#define KERNEL_SETUP	  0x30000
#define BOOT_PARAMS	  0x90000
#define KERNEL		  0x1000000

#endif
