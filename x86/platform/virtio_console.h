/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log on a virtio console, which is faster than COM1: it needs one exit to userspace for each line, where the UART
 * needs one for each byte, which takes 0.2 ms under nested virtualization.
 * Source: Virtio 1.1, section 4.1 with the legacy interface's notes, and section 5.3.
 */
#ifndef X86_PLATFORM_VIRTIO_CONSOLE_H
#define X86_PLATFORM_VIRTIO_CONSOLE_H

#include "lib/types.h"

/* Find and start a transitional virtio console on PCI bus 0. Returns false when there is none. */
bool virtio_console_init(void);

bool virtio_console_ready(void);

/* Pass a line to the host. Waits only if too many are in flight. */
void virtio_console_write(const char *bytes, size_t length);

/* Wait until the host has processed all lines. The wait is bounded. */
void virtio_console_drain(void);

#endif
