/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/pci.h"

#include "x86/cpu/processor.h"

#define ADDRESS_PORT	    0xcf8
#define DATA_PORT	    0xcfc
#define ADDRESS_ENABLE	    BIT(31)
#define DEVICES		    32
#define ID		    0x00
#define STATUS_CAPABILITIES BIT(20) /* of the word that begins with the command register */
#define CAPABILITIES	    0x34

u32 pci_read(u32 device, u32 reg)
{
	outl(ADDRESS_ENABLE | device << 11 | reg, ADDRESS_PORT);
	return inl(DATA_PORT);
}

void pci_write(u32 device, u32 reg, u32 value)
{
	outl(ADDRESS_ENABLE | device << 11 | reg, ADDRESS_PORT);
	outl(value, DATA_PORT);
}

u32 pci_find_from(u32 device, u32 id)
{
	for (; device < DEVICES; device++)
		if (pci_read(device, ID) == id)
			return device;
	return PCI_NONE;
}

u32 pci_find(u32 id)
{
	return pci_find_from(0, id);
}

u32 pci_capability(u32 device, u8 capability)
{
	u32 at;

	if (!(pci_read(device, PCI_COMMAND) & STATUS_CAPABILITIES))
		return 0;
	for (at = pci_read(device, CAPABILITIES) & 0xfc; at; at = pci_read(device, at) >> 8 & 0xfc)
		if ((pci_read(device, at) & 0xff) == capability)
			return at;
	return 0;
}
