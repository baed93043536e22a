/* SPDX-License-Identifier: BSD-2-Clause */
/* The log on COM1, a 16550 with a 16-byte FIFO. */
#ifndef X86_PLATFORM_SERIAL_H
#define X86_PLATFORM_SERIAL_H

#include "lib/types.h"

void serial_init(void);

/* Write the bytes in bursts of the FIFO's length. The wait for the UART is bounded. */
void serial_write(const char *bytes, size_t length);

/* Wait until the last byte has left. The wait is bounded. */
void serial_drain(void);

#endif
