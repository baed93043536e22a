/* SPDX-License-Identifier: BSD-2-Clause */
/* COM1, a 16550 with a 16-byte FIFO: where the log goes. */
#ifndef X86_PLATFORM_SERIAL_H
#define X86_PLATFORM_SERIAL_H

#include "lib/types.h"

void serial_init(void);

/* Write the bytes in bursts of a FIFO's length. A UART that never gets ready is not waited for. */
void serial_write(const char *bytes, size_t length);

/* Wait, for a moment at most, until the last byte has left. */
void serial_drain(void);

#endif
