/* SPDX-License-Identifier: BSD-2-Clause */
/* COM1, which may have the log, and COM2, which may have the channel: 16550s with FIFOs of 16 bytes. */
#ifndef X86_PLATFORM_SERIAL_H
#define X86_PLATFORM_SERIAL_H

#include "lib/types.h"

#define SERIAL_COM1 0x3f8
#define SERIAL_COM2 0x2f8

void serial_init(u16 port);

/* Is there such a port? It is not changed, except for its scratch register. */
bool serial_is_there(u16 port);

/* Write the bytes in bursts of the FIFO's length. The wait for the UART is bounded. */
void serial_write(u16 port, const char *bytes, size_t length);

/* Read what has arrived, at most size bytes; returns how many. Never waits. */
size_t serial_read(u16 port, char *bytes, size_t size);

/* Wait until the last byte has left. The wait is bounded. */
void serial_drain(u16 port);

#endif
