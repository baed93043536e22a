/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/acpi.h"

#include "lib/string.h"
#include "x86/cpu/processor.h"

#define RSDP_SIGNATURE "RSD PTR "
#define RSDP_V1_LENGTH 20
#define TABLE_MAX      (1u << 20) /* QEMU's largest, a DSDT for hundreds of processors, has a fifth of that */
#define HPET_REGISTERS 0x400
#define MAPPED_END     0x100000000ull
#define BIOS_AREA      0xe0000
#define BIOS_AREA_END  0x100000

#define FADT_TMR_VAL_EXT     BIT(8)
#define FADT_RESET_SUPPORTED BIT(10)
#define FADT_HW_REDUCED	     BIT(20)
#define SLEEP_ENABLE_PM1     BIT(13)
#define SLEEP_TYPE_SHIFT_PM1 10
#define SLEEP_ENABLE_REDUCED BIT(5)
#define SLEEP_TYPE_SHIFT     2
#define AML_PACKAGE_OP	     0x12
#define AML_BYTE_PREFIX	     0x0a

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum, reserved[3];
} __attribute__((packed));

struct generic_address {
	u8 space, bit_width, bit_offset, access_size;
	u64 address;
} __attribute__((packed));

enum { SPACE_MEMORY, SPACE_IO };

struct fadt {
	struct acpi_header header;
	u32 firmware_ctrl, dsdt;
	u8 unused0[20];
	u32 pm1a_cnt_blk;
	u8 unused1[8];
	u32 pm_tmr_blk;
	u8 unused2[32];
	u32 flags;
	struct generic_address reset_reg;
	u8 reset_value;
	u8 unused3[115];
	struct generic_address sleep_control_reg, sleep_status_reg;
} __attribute__((packed));

_Static_assert(offsetof(struct fadt, pm1a_cnt_blk) == 64, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, pm_tmr_blk) == 76, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, flags) == 112, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, sleep_control_reg) == 244, "ACPI 6.5 table 5.9");

struct hpet_table {
	struct acpi_header header;
	u32 event_timer_block_id;
	struct generic_address base;
} __attribute__((packed));

static const struct rsdp *root;

/* paging.c maps what lies below 4 GiB, except page 0. */
static bool is_mapped(u64 address, u64 length)
{
	return address >= PAGE_SIZE && address < MAPPED_END && length <= MAPPED_END - address;
}

static const struct rsdp *check_rsdp(u64 address)
{
	const struct rsdp *rsdp = (const void *)address;

	if (!is_mapped(address, sizeof(*rsdp)) ||
	    memcmp(rsdp->signature, RSDP_SIGNATURE, sizeof(rsdp->signature)) != 0)
		return NULL;
	return acpi_checksum_ok(rsdp, RSDP_V1_LENGTH) ? rsdp : NULL;
}

static const struct rsdp *scan(u64 from, u64 to)
{
	for (u64 at = from; at < to; at += 16)
		if (check_rsdp(at))
			return check_rsdp(at);
	return NULL;
}

/*
 * Firmware may also keep the RSDP in the extended BIOS data area, but no firmware known to boot this kernel does. The
 * address of that area is in page 0, which is not mapped.
 */
bool acpi_init(u64 rsdp)
{
	if (rsdp)
		root = check_rsdp(rsdp);
	if (!root)
		root = scan(BIOS_AREA, BIOS_AREA_END);
	return root;
}

/* The checksum is not looked at. */
static const struct acpi_header *find_table(u64 address, const char *signature)
{
	const struct acpi_header *table = (const void *)address;

	if (!is_mapped(address, sizeof(*table)) ||
	    memcmp(table->signature, signature, sizeof(table->signature)) != 0)
		return NULL;
	if (table->length < sizeof(*table) || table->length > TABLE_MAX || !is_mapped(address, table->length))
		return NULL;
	return table;
}

static const struct acpi_header *check_table(u64 address, const char *signature)
{
	const struct acpi_header *table = find_table(address, signature);

	return table && acpi_checksum_ok(table, table->length) ? table : NULL;
}

const struct acpi_header *acpi_find(const char *signature)
{
	const struct acpi_header *directory;
	bool wide = root && root->revision >= 2 && root->xsdt && !(root->xsdt >> 32);
	size_t size = wide ? 8 : 4;

	if (!root)
		return NULL;
	directory = wide ? find_table(root->xsdt, "XSDT") : find_table(root->rsdt, "RSDT");
	if (!directory)
		return NULL;
	for (size_t at = sizeof(*directory); at + size <= directory->length; at += size) {
		const struct acpi_header *table;
		u64 address = 0;

		memcpy(&address, (const u8 *)directory + at, size);
		table = check_table(address, signature);
		if (table)
			return table;
	}
	return NULL;
}

/* NULL as well if it ends before the byte at @end: it grew from version to version. */
static const struct fadt *find_fadt(size_t end)
{
	const struct acpi_header *fadt = acpi_find("FACP");

	return fadt && fadt->length >= end ? (const struct fadt *)fadt : NULL;
}

u16 acpi_pm_timer(bool *is_32bit)
{
	const struct fadt *fadt = find_fadt(offsetof(struct fadt, reset_reg));

	if (!fadt || fadt->flags & FADT_HW_REDUCED)
		return 0;
	*is_32bit = fadt->flags & FADT_TMR_VAL_EXT;
	return (u16)fadt->pm_tmr_blk;
}

u64 acpi_hpet(void)
{
	const struct hpet_table *hpet = (const struct hpet_table *)acpi_find("HPET");

	if (!hpet || hpet->header.length < sizeof(*hpet) || hpet->base.space != SPACE_MEMORY ||
	    !is_mapped(hpet->base.address, HPET_REGISTERS))
		return 0;
	return hpet->base.address;
}

/*
 * The first element of the package \_S5_ in the DSDT, which is SLP_TYPa: "_S5_", PackageOp, PkgLength (one
 * byte here), NumElements, then a ByteConst or one of ZeroOp (0) and OneOp (1). -1 when it is not there.
 */
static int find_sleep_type(const struct acpi_header *dsdt)
{
	const u8 *aml = (const u8 *)dsdt;

	for (u32 at = sizeof(*dsdt); at + 9 < dsdt->length; at++) {
		if (aml[at] != '_' || memcmp(aml + at, "_S5_", 4) != 0 || aml[at + 4] != AML_PACKAGE_OP)
			continue;
		return aml[at + 7] == AML_BYTE_PREFIX ? aml[at + 8] : aml[at + 7];
	}
	return -1;
}

static void write_register(const struct generic_address *reg, u8 value)
{
	if (reg->space == SPACE_IO)
		outb(value, (u16)reg->address);
	else if (reg->space == SPACE_MEMORY && is_mapped(reg->address, 1))
		*(volatile u8 *)reg->address = value;
}

void acpi_power_off(void)
{
	const struct fadt *fadt = find_fadt(offsetof(struct fadt, reset_reg));
	const struct acpi_header *dsdt = fadt ? check_table(fadt->dsdt, "DSDT") : NULL;
	int type = dsdt ? find_sleep_type(dsdt) : -1;

	if (type < 0)
		return;
	if (fadt->flags & FADT_HW_REDUCED && find_fadt(offsetof(struct fadt, sleep_status_reg)))
		write_register(&fadt->sleep_control_reg,
			       (u8)(type << SLEEP_TYPE_SHIFT | SLEEP_ENABLE_REDUCED));
	else if (!(fadt->flags & FADT_HW_REDUCED))
		outw((u16)((u32)type << SLEEP_TYPE_SHIFT_PM1 | SLEEP_ENABLE_PM1), (u16)fadt->pm1a_cnt_blk);
}

void acpi_reset(void)
{
	const struct fadt *fadt = find_fadt(offsetof(struct fadt, unused3));

	if (fadt && fadt->flags & FADT_RESET_SUPPORTED)
		write_register(&fadt->reset_reg, fadt->reset_value);
}
