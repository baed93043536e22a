/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio consoles: the first one has the log, the second one the channel. They are faster than serial ports: they need one
 * exit to userspace for each line, where a UART needs one for each byte, which takes 0.2 ms under nested virtualization.
 * Source: Virtio 1.1, section 4.1 with the legacy interface's notes, and section 5.3.
 */
#ifndef X86_PLATFORM_VIRTIO_CONSOLE_H
#define X86_PLATFORM_VIRTIO_CONSOLE_H

#include "lib/types.h"

struct virtio_queue {
	u16 size; /* 0: it was not started */
	u16 slots; /* how many of its descriptors are used at a time */
	struct virtio_descriptor *descriptors;
	struct virtio_available *available;
	volatile struct virtio_used *used;
	char *buffers; /* one for each slot */
};

struct virtio_console {
	u16 io_base;
	struct virtio_queue transmit, receive;
	u16 received; /* buffers that were read */
	u32 read; /* bytes of the next one */
};

/* The log's, if kernel_main() has started it. */
extern struct virtio_console virtio_log;

/* Start the transitional virtio console on PCI bus 0 that number others precede. Returns false when there is none. */
bool virtio_console_init(struct virtio_console *console, unsigned int number);

bool virtio_console_ready(const struct virtio_console *console);

/* Pass a line to the host. Waits only if too many are in flight. */
void virtio_console_write(struct virtio_console *console, const char *bytes, size_t length);

/* Read what has arrived, at most size bytes; returns how many. Never waits. */
size_t virtio_console_read(struct virtio_console *console, char *bytes, size_t size);

/* Wait until the host has processed all lines. The wait is bounded. */
void virtio_console_drain(const struct virtio_console *console);

#endif
