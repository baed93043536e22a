/* SPDX-License-Identifier: BSD-2-Clause */
/* Which processors there are: the Multiple APIC Description Table, ACPI 6.5 section 5.2.12. */
#include "lib/string.h"
#include "x86/platform/acpi.h"

#define MADT_LOCAL_APIC	  0
#define MADT_LOCAL_X2APIC 9
#define MADT_ENABLED	  BIT(0)
#define MADT_ENTRIES	  44 /* offset: the header, then the local APIC's address and flags */

struct madt_local_apic {
	u8 type, length;
	u8 acpi_id, apic_id;
	u32 flags;
} __attribute__((packed));

struct madt_local_x2apic {
	u8 type, length;
	u16 reserved;
	u32 apic_id, flags, acpi_id;
} __attribute__((packed));

bool acpi_checksum_ok(const void *table, size_t length)
{
	const u8 *bytes = table;
	u8 sum = 0;

	while (length--)
		sum = (u8)(sum + *bytes++);
	return sum == 0;
}

static bool already_listed(u32 id, const u32 *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

size_t acpi_madt_apic_ids(const struct acpi_header *madt, u32 *ids, size_t max)
{
	const u8 *bytes = (const u8 *)madt;
	size_t count = 0;

	for (size_t at = MADT_ENTRIES; at + 2 <= madt->length && bytes[at + 1] >= 2; at += bytes[at + 1]) {
		u32 id = 0, flags = 0;

		if (at + bytes[at + 1] > madt->length)
			break;
		if (bytes[at] == MADT_LOCAL_APIC && bytes[at + 1] >= sizeof(struct madt_local_apic)) {
			struct madt_local_apic entry;

			memcpy(&entry, bytes + at, sizeof(entry));
			id = entry.apic_id;
			flags = entry.flags;
		} else if (bytes[at] == MADT_LOCAL_X2APIC &&
			   bytes[at + 1] >= sizeof(struct madt_local_x2apic)) {
			struct madt_local_x2apic entry;

			memcpy(&entry, bytes + at, sizeof(entry));
			id = entry.apic_id;
			flags = entry.flags;
		}
		/* Firmware may list a processor once as an APIC and once as an x2APIC. */
		if (!(flags & MADT_ENABLED) || already_listed(id, ids, MIN(count, max)))
			continue;
		if (count < max)
			ids[count] = id;
		count++;
	}
	return count;
}
