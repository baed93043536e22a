/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel uses of ACPI: processors, the PM timer, the HPET, power-off. Source: ACPI 6.5, chapter 5. */
#ifndef X86_PLATFORM_ACPI_H
#define X86_PLATFORM_ACPI_H

#include "lib/types.h"

struct acpi_header {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem_id[6], oem_table_id[8];
	u32 oem_revision, creator_id, creator_revision;
} __attribute__((packed));

/* Find the root table: at rsdp if that is not 0, else in the BIOS areas. Returns false when there is none. */
bool acpi_init(u64 rsdp);

/* The table with this signature, checksum verified; NULL when there is none. */
const struct acpi_header *acpi_find(const char *signature);

/*
 * I/O port of the PM timer, 0 when there is none. *is_32bit says whether it has 32 bits; otherwise it has 24. Machines
 * whose ACPI is "hardware-reduced" need not have one, but some VMMs give them one.
 */
u16 acpi_pm_timer(bool *is_32bit);

/* Address of the HPET's registers, 0 when there is none. */
u64 acpi_hpet(void);

/* A write to a register of the machine: size bytes of value, 1 or 2, to an I/O port or to memory. */
struct acpi_write {
	bool to_port;
	unsigned int size;
	u64 address;
	u16 value;
};

/* What enters S5, and what resets the machine. False: the tables do not say. */
bool acpi_power_off_write(struct acpi_write *write);
bool acpi_reset_write(struct acpi_write *write);

/*
 * The APIC IDs of the enabled processors in a MADT. Returns how many there are; at most max are stored.
 * Malformed entries end the walk.
 */
size_t acpi_madt_apic_ids(const struct acpi_header *madt, u32 *ids, size_t max);

/* Is the sum over all bytes 0 mod 256? */
bool acpi_checksum_ok(const void *table, size_t length);

#endif
