/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PC's DMA controller, which VMMs emulate. Reads of a channel's address leave a trace, since each gives the other byte: a VMM
 * that repeats one shows.
 */
#ifndef X86_PLATFORM_I8237_H
#define X86_PLATFORM_I8237_H

#include "lib/types.h"

#define I8237_SOME_ADDRESS 0x1234u

/* Writes I8237_SOME_ADDRESS to channel 0. Ends the test as a skip where the machine has no 8237. */
void i8237_need(void);

/* What channel 0's address reads as, with a call between its two bytes. */
u32 i8237_read_address_around(void (*call)(void));

#endif
