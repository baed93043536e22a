/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices on PCI bus 0, through configuration mechanism #1. Source: PCI Local Bus Specification 3.0. */
#ifndef X86_PLATFORM_PCI_H
#define X86_PLATFORM_PCI_H

#include "lib/types.h"

#define PCI_COMMAND	     0x04
#define PCI_BAR0	     0x10
#define PCI_COMMAND_IO	     BIT(0)
#define PCI_COMMAND_MEMORY   BIT(1)
#define PCI_COMMAND_MASTER   BIT(2)
#define PCI_COMMAND_INTX_OFF BIT(10)
#define PCI_BAR_IO	     BIT(0)
#define PCI_CAPABILITY_MSI   0x05

#define PCI_ID_EDU 0x11e81234 /* QEMU's edu device, which sends an MSI on request (docs/specs/edu.rst) */

#define PCI_NONE UINT32_MAX

u32 pci_read(u32 device, u32 reg);
void pci_write(u32 device, u32 reg, u32 value);

/* The number (0 to 31) of the first device with this ID, its device half above its vendor half, or PCI_NONE. */
u32 pci_find(u32 id);

/* The same of the first such device from the number device on. */
u32 pci_find_from(u32 device, u32 id);

/* The offset of a capability in the device's configuration space, or 0. */
u32 pci_capability(u32 device, u8 capability);

#endif
