/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest-physical addresses at which a host may treat an area in another way than in the middle of RAM. */
#ifndef X86_PLATFORM_ODD_ADDRESSES_H
#define X86_PLATFORM_ODD_ADDRESSES_H

#include "lib/types.h"

/* The IOAPIC's registers, on every PC (Intel 82093AA data sheet). Where there is none, no RAM is there either. */
#define ODD_ADDRESS_MMIO 0xfec00000ull

/* 64 bytes of the firmware's ROM below 4 GiB, around the reset vector; NULL if there is no such ROM. */
const volatile void *odd_address_rom(void);

/* The last size bytes of RAM below 4 GiB, which no one uses; size is a power of two. NULL if the kernel does not know of any. */
void *odd_address_ram_end(size_t size);

#endif
