/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A watchdog's NMI for a machine with one vCPU: channel 0 of the PIT, through the IOAPIC's pin 2 in NMI
 * delivery mode, every 55 ms while it is on.
 */
#ifndef X86_PLATFORM_IOAPIC_NMI_H
#define X86_PLATFORM_IOAPIC_NMI_H

#include "lib/types.h"

void ioapic_nmi_start(void);
void ioapic_nmi_stop(void);

/* Called by the NMI's handler: was this NMI the PIT's? If so, start the next count. */
bool ioapic_nmi_taken(void);

#endif
