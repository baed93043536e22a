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
#define FADT_HW_REDUCED	     BIT(20) /* no PM1 registers; a PM timer may be there nevertheless */
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
	u8 unused3[11];
	u64 x_dsdt;
	struct generic_address x_pm1a_evt_blk, x_pm1b_evt_blk, x_pm1a_cnt_blk, x_pm1b_cnt_blk, x_pm2_cnt_blk,
		x_pm_tmr_blk, x_gpe0_blk, x_gpe1_blk;
	struct generic_address sleep_control_reg, sleep_status_reg;
} __attribute__((packed));

_Static_assert(offsetof(struct fadt, pm1a_cnt_blk) == 64, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, pm_tmr_blk) == 76, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, flags) == 112, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, x_dsdt) == 140, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, x_pm1a_cnt_blk) == 172, "ACPI 6.5 table 5.9");
_Static_assert(offsetof(struct fadt, x_pm_tmr_blk) == 208, "ACPI 6.5 table 5.9");
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

/* The FADT grew from version to version: what is behind the end of this one is 0. False: there is none. */
static bool read_fadt(struct fadt *fadt)
{
	const struct acpi_header *found = acpi_find("FACP");

	memset(fadt, 0, sizeof(*fadt));
	if (!found || found->length < offsetof(struct fadt, reset_reg))
		return false;
	memcpy(fadt, found, MIN(found->length, sizeof(*fadt)));
	return true;
}

/* The I/O port of a register that an old and a new field of the FADT give; 0: neither does. The new one wins if set. */
static u16 port_of(u32 old, const struct generic_address *new)
{
	if (new->space == SPACE_IO &&new->address &&new->address <= UINT16_MAX)
		return (u16) new->address;
	return (u16)old;
}

u16 acpi_pm_timer(bool *is_32bit)
{
	struct fadt fadt;

	if (!read_fadt(&fadt))
		return 0;
	*is_32bit = fadt.flags & FADT_TMR_VAL_EXT;
	return port_of(fadt.pm_tmr_blk, &fadt.x_pm_tmr_blk);
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

	for (u32 at = sizeof(*dsdt); at + 7 < dsdt->length; at++) {
		if (aml[at] != '_' || memcmp(aml + at, "_S5_", 4) != 0 || aml[at + 4] != AML_PACKAGE_OP)
			continue;
		if (aml[at + 7] != AML_BYTE_PREFIX)
			return aml[at + 7];
		if (at + 8 < dsdt->length)
			return aml[at + 8];
	}
	return -1;
}

/* Returns false if there is no such register. */
static bool write_to(const struct generic_address *reg, u8 value, struct acpi_write *write)
{
	*write = (struct acpi_write){reg->space == SPACE_IO, 1, reg->address, value};
	return reg->address &&
	       (reg->space == SPACE_IO ? reg->address <= UINT16_MAX :
					 reg->space == SPACE_MEMORY && is_mapped(reg->address, 1));
}

bool acpi_power_off_write(struct acpi_write *write)
{
	const struct acpi_header *dsdt = NULL;
	struct fadt fadt;
	int type;

	if (!read_fadt(&fadt))
		return false;
	if (fadt.x_dsdt)
		dsdt = check_table(fadt.x_dsdt, "DSDT");
	if (!dsdt)
		dsdt = check_table(fadt.dsdt, "DSDT");
	type = dsdt ? find_sleep_type(dsdt) : -1;
	if (type < 0)
		return false;
	if (fadt.flags & FADT_HW_REDUCED)
		return write_to(&fadt.sleep_control_reg,
				(u8)(type << SLEEP_TYPE_SHIFT | SLEEP_ENABLE_REDUCED), write);
	*write = (struct acpi_write){true, 2, port_of(fadt.pm1a_cnt_blk, &fadt.x_pm1a_cnt_blk),
				     (u16)((u32)type << SLEEP_TYPE_SHIFT_PM1 | SLEEP_ENABLE_PM1)};
	return write->address;
}

bool acpi_reset_write(struct acpi_write *write)
{
	struct fadt fadt;

	return read_fadt(&fadt) && fadt.flags & FADT_RESET_SUPPORTED &&
	       write_to(&fadt.reset_reg, fadt.reset_value, write);
}
