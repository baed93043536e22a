/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/platform/acpi.c and x86/platform/acpi_madt.c: tables made up here, which lie below 4 GiB because the program is not PIE. */
#include "selftest/unit/unit.h"

#include <string.h>

#include "x86/platform/acpi.h"

static void set_checksum(void *table, size_t length, u8 *checksum)
{
	u8 sum = 0;

	*checksum = 0;
	for (size_t i = 0; i < length; i++)
		sum = (u8)(sum + ((u8 *)table)[i]);
	*checksum = (u8)-sum;
}

/* A MADT's entries, as bytes. */

#define MADT_HEADER	 44
#define LAPIC(id, flags) 0, 8, 0xee, id, flags, 0, 0, 0
#define X2APIC(id, flags)                                                                                    \
	9, 16, 0, 0, (u8)(id), (u8)((id) >> 8), (u8)((id) >> 16), (u8)((id) >> 24), flags, 0, 0, 0, 0xee, 0, \
		0, 0
#define IOAPIC	1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0
#define ENABLED 1

static u32 ids[4];

static size_t walk(const u8 *entries, size_t length)
{
	static u8 madt[2000];
	struct acpi_header header = {.signature = "APIC", .length = (u32)(MADT_HEADER + length)};

	assert_true(MADT_HEADER + length <= sizeof(madt));
	memset(madt, 0xff, sizeof(madt));
	memcpy(madt, &header, sizeof(header));
	if (length)
		memcpy(madt + MADT_HEADER, entries, length);
	memset(ids, 0xcc, sizeof(ids));
	return acpi_madt_apic_ids((const struct acpi_header *)madt, ids, ARRAY_SIZE(ids));
}

#define WALK(...) walk((const u8[]){__VA_ARGS__}, sizeof((const u8[]){__VA_ARGS__}))

static void madt_without_entries(void **state)
{
	(void)state;
	assert_int_equal(walk(NULL, 0), 0);
	assert_int_equal(WALK(IOAPIC), 0);
}

static void madt_with_both_kinds(void **state)
{
	(void)state;
	assert_int_equal(WALK(LAPIC(0, ENABLED), IOAPIC, LAPIC(5, ENABLED), X2APIC(0x100, ENABLED)), 3);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 5);
	assert_int_equal(ids[2], 0x100);
	assert_int_equal(ids[3], 0xcccccccc);
	assert_int_equal(WALK(X2APIC(0x89abcdef, ENABLED)), 1);
	assert_int_equal(ids[0], 0x89abcdef);
}

/* Bit 1, "can be brought online later", is not "enabled". */
static void madt_with_disabled_processors(void **state)
{
	(void)state;
	assert_int_equal(WALK(LAPIC(0, ENABLED), LAPIC(1, 0), LAPIC(2, 2), X2APIC(3, 0), X2APIC(4, 3)), 2);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 4);
}

static void madt_that_lists_one_twice(void **state)
{
	(void)state;
	assert_int_equal(WALK(LAPIC(0, ENABLED), LAPIC(1, ENABLED), X2APIC(0, ENABLED), X2APIC(1, ENABLED)),
			 2);
}

static void madt_with_more_than_fit(void **state)
{
	(void)state;
	assert_int_equal(WALK(LAPIC(0, 1), LAPIC(1, 1), LAPIC(2, 1), LAPIC(3, 1), LAPIC(4, 1), LAPIC(5, 1)),
			 6);
	assert_int_equal(ids[3], 3);
}

static void madt_that_is_cut_short(void **state)
{
	const u8 entries[] = {LAPIC(0, ENABLED), LAPIC(1, ENABLED), X2APIC(2, ENABLED)};

	(void)state;
	for (size_t length = 0; length <= sizeof(entries); length++)
		assert_int_equal(walk(entries, length), length < 8  ? 0 :
							length < 16 ? 1 :
							length < 32 ? 2 :
								      3);
}

/* These would make a careless walk run for ever, or beyond the table. */
static void madt_with_senseless_lengths(void **state)
{
	(void)state;
	assert_int_equal(WALK(LAPIC(0, ENABLED), 0, 0, LAPIC(1, ENABLED)), 1);
	assert_int_equal(WALK(LAPIC(0, ENABLED), 0, 1, LAPIC(1, ENABLED)), 1);
	assert_int_equal(WALK(LAPIC(0, ENABLED), 0, 255, 1, 1, 1, 0, 0, 0), 1);
	/* Entries of a known type that are too short for it are left out; the walk goes on. */
	assert_int_equal(WALK(0, 4, 0, 7, 9, 8, 0, 0, 7, 0, 0, 0, LAPIC(1, ENABLED)), 1);
	assert_int_equal(ids[0], 1);
	/* Longer ones, of a later version, are as good. */
	assert_int_equal(WALK(0, 10, 0, 7, 1, 0, 0, 0, 0, 0, LAPIC(1, ENABLED)), 2);
	assert_int_equal(ids[0], 7);
}

/* The tables and how they are found. */

static struct {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt, length;
	u64 xsdt;
	u8 extended_checksum, reserved[3];
} __attribute__((packed)) rsdp;

static struct {
	struct acpi_header header;
	u32 tables[3];
} __attribute__((packed)) rsdt;

static struct {
	struct acpi_header header;
	u64 tables[3];
} __attribute__((packed)) xsdt;

enum { SPACE_MEMORY, SPACE_IO };

static u8 fadt[276], hpet[56], other[36], dsdt[64];

static void make_table(void *table, const char *signature, size_t length)
{
	struct acpi_header *header = table;

	memcpy(header->signature, signature, 4);
	header->length = (u32)length;
	set_checksum(table, length, &header->checksum);
}

static u32 address32(const void *object)
{
	assert_true((uintptr_t)object <= UINT32_MAX);
	return (u32)(uintptr_t)object;
}

static void set_fadt32(size_t at, u32 value)
{
	memcpy(fadt + at, &value, sizeof(value));
}

/* A Generic Address Structure of 12 bytes. */
static void set_register(size_t at, u8 space, u64 address)
{
	fadt[at] = space;
	memcpy(fadt + at + 4, &address, sizeof(address));
}

/* The table ends behind aml, and what follows there is not its. */
static const u8 *make_dsdt(const u8 *aml, size_t length)
{
	memset(dsdt, 0xff, sizeof(dsdt));
	memcpy(dsdt + 36, aml, length);
	make_table(dsdt, "DSDT", 36 + length);
	return dsdt;
}

static int make_tables(void **state)
{
	(void)state;
	memset(fadt, 0, sizeof(fadt));
	fadt[77] = 0x6; /* the PM timer's port: 0x608 */
	fadt[76] = 0x08;
	fadt[113] = 0x01; /* flag TMR_VAL_EXT */
	make_table(fadt, "FACP", sizeof(fadt));

	memset(hpet, 0, sizeof(hpet));
	memcpy(hpet + 44, (u32[]){0xfed00000}, 4);
	make_table(hpet, "HPET", sizeof(hpet));
	make_table(other, "OTHR", sizeof(other));

	rsdt.tables[0] = address32(other);
	rsdt.tables[1] = address32(fadt);
	rsdt.tables[2] = address32(hpet);
	make_table(&rsdt, "RSDT", sizeof(rsdt));
	xsdt.tables[0] = address32(other);
	xsdt.tables[1] = address32(fadt);
	xsdt.tables[2] = address32(hpet);
	make_table(&xsdt, "XSDT", sizeof(xsdt));

	memcpy(rsdp.signature, "RSD PTR ", 8);
	rsdp.revision = 0;
	rsdp.rsdt = address32(&rsdt);
	rsdp.xsdt = 0;
	set_checksum(&rsdp, 20, &rsdp.checksum);
	return 0;
}

static void use_xsdt(u64 address)
{
	rsdp.revision = 2;
	rsdp.rsdt = 0xffffffff; /* is not to be looked at */
	rsdp.xsdt = address;
	set_checksum(&rsdp, 20, &rsdp.checksum);
}

static void tables_through_the_rsdt(void **state)
{
	(void)state;
	assert_true(acpi_init(address32(&rsdp)));
	assert_ptr_equal(acpi_find("FACP"), fadt);
	assert_ptr_equal(acpi_find("HPET"), hpet);
	assert_null(acpi_find("APIC"));
}

static void tables_through_the_xsdt(void **state)
{
	(void)state;
	use_xsdt(address32(&xsdt));
	assert_true(acpi_init(address32(&rsdp)));
	assert_ptr_equal(acpi_find("HPET"), hpet);
	xsdt.tables[1] |= 1ull << 32; /* not mapped, so not to be touched */
	assert_null(acpi_find("FACP"));
	assert_ptr_equal(acpi_find("HPET"), hpet);
}

static void broken_tables_are_not_found(void **state)
{
	(void)state;
	assert_true(acpi_init(address32(&rsdp)));
	hpet[50] ^= 1;
	assert_null(acpi_find("HPET"));
	assert_int_equal(acpi_hpet(), 0);
	rsdt.tables[1] = 0;
	assert_null(acpi_find("FACP"));
}

static void checksums(void **state)
{
	(void)state;
	assert_true(acpi_checksum_ok("", 0));
	assert_true(acpi_checksum_ok("\x80\x80", 2));
	assert_true(acpi_checksum_ok("\xff\x01", 2));
	assert_false(acpi_checksum_ok("\xff\x02", 2));
}

static void clocks(void **state)
{
	bool is_32bit = false;

	(void)state;
	assert_true(acpi_init(address32(&rsdp)));
	assert_int_equal(acpi_pm_timer(&is_32bit), 0x608);
	assert_true(is_32bit);
	assert_int_equal(acpi_hpet(), 0xfed00000);

	fadt[113] = 0;
	make_table(fadt, "FACP", sizeof(fadt));
	assert_int_equal(acpi_pm_timer(&is_32bit), 0x608);
	assert_false(is_32bit);

	fadt[114] =
		0x10; /* flag HW_REDUCED_ACPI: what else says that there is a PM timer is right all the same */
	make_table(fadt, "FACP", sizeof(fadt));
	assert_int_equal(acpi_pm_timer(&is_32bit), 0x608);

	set_register(208, SPACE_IO, 0xb008); /* X_PM_TMR_BLK */
	make_table(fadt, "FACP", sizeof(fadt));
	assert_int_equal(acpi_pm_timer(&is_32bit), 0xb008);
	fadt[76] = fadt[77] = 0;
	make_table(fadt, "FACP", sizeof(fadt));
	assert_int_equal(acpi_pm_timer(&is_32bit), 0xb008);
	set_register(208, SPACE_MEMORY, 0xb008);
	make_table(fadt, "FACP", sizeof(fadt));
	assert_int_equal(acpi_pm_timer(&is_32bit), 0);

	hpet[40] = 1; /* in I/O space, where it cannot be */
	make_table(hpet, "HPET", sizeof(hpet));
	assert_int_equal(acpi_hpet(), 0);
}

/* Power-off and reset. */

static void expect_write(bool (*find)(struct acpi_write *write), bool to_port, unsigned int size, u64 address,
			 u16 value)
{
	struct acpi_write write;

	assert_true(find(&write));
	assert_int_equal(write.to_port, to_port);
	assert_int_equal(write.size, size);
	assert_int_equal(write.address, address);
	assert_int_equal(write.value, value);
}

static void expect_none(bool (*find)(struct acpi_write *write))
{
	struct acpi_write write;

	assert_false(find(&write));
}

/* As QEMU's for a PC: only the 32-bit fields, and S5 has type 0. */
static void power_off_of_a_pc(void **state)
{
	const u8 package[] = {0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0, 0, 0, 0};

	(void)state;
	set_fadt32(40, address32(make_dsdt(package, sizeof(package))));
	set_fadt32(64, 0x604);
	make_table(fadt, "FACP", 116);
	assert_true(acpi_init(address32(&rsdp)));
	expect_write(acpi_power_off_write, true, 2, 0x604, 0x2000);
	expect_none(acpi_reset_write);

	set_fadt32(64, 0); /* PM1a_CNT_BLK */
	make_table(fadt, "FACP", sizeof(fadt));
	expect_none(acpi_power_off_write);
	set_register(172, SPACE_IO, 0x704);
	make_table(fadt, "FACP", sizeof(fadt));
	expect_write(acpi_power_off_write, true, 2, 0x704, 0x2000);
}

/* As Cloud Hypervisor's: hardware-reduced, the DSDT in the 64-bit field alone, and S5 has type 5. */
static void power_off_of_a_hardware_reduced_machine(void **state)
{
	const u8 package[] = {0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x01, 0x0a, 0x05};

	(void)state;
	fadt[113] |= 0x04; /* RESET_REG_SUP */
	fadt[114] |= 0x10; /* HW_REDUCED_ACPI */
	set_register(116, SPACE_IO, 0x3c0);
	fadt[128] = 1;
	set_fadt32(140, address32(make_dsdt(package, sizeof(package))));
	set_register(244, SPACE_IO, 0x3c0);
	make_table(fadt, "FACP", sizeof(fadt));
	assert_true(acpi_init(address32(&rsdp)));
	expect_write(acpi_power_off_write, true, 1, 0x3c0, 0x34);
	expect_write(acpi_reset_write, true, 1, 0x3c0, 1);

	set_register(244, SPACE_MEMORY, 0xfea00000);
	make_table(fadt, "FACP", sizeof(fadt));
	expect_write(acpi_power_off_write, false, 1, 0xfea00000, 0x34);
	set_register(244, SPACE_MEMORY, 0x100000000); /* not mapped */
	make_table(fadt, "FACP", sizeof(fadt));
	expect_none(acpi_power_off_write);
	make_table(fadt, "FACP", 244); /* the table ends before it */
	expect_none(acpi_power_off_write);
}

/* The 64-bit field names a place that is not mapped or no table; the 32-bit one is good. */
static void power_off_with_one_good_dsdt(void **state)
{
	const u8 package[] = {0x08, '\\', '_', 'S', '5', '_', 0x12, 0x04, 0x01, 0x01};

	(void)state;
	set_fadt32(64, 0x604);
	set_fadt32(40, address32(make_dsdt(package, sizeof(package))));
	set_fadt32(144, 1); /* the upper half of X_DSDT */
	make_table(fadt, "FACP", sizeof(fadt));
	assert_true(acpi_init(address32(&rsdp)));
	expect_write(acpi_power_off_write, true, 2, 0x604, 0x2400);
	set_fadt32(140, address32(other));
	set_fadt32(144, 0);
	make_table(fadt, "FACP", sizeof(fadt));
	expect_write(acpi_power_off_write, true, 2, 0x604, 0x2400);

	set_fadt32(40, 0);
	make_table(fadt, "FACP", sizeof(fadt));
	expect_none(acpi_power_off_write);
}

static void no_power_off_without_s5(void **state)
{
	const u8 package[] = {0x08, '_', 'S', '4', '_', 0x12, 0x04, 0x01, 0x0a, 0x05};
	const u8 cut[] = {0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x01, 0x0a, 0x05};

	(void)state;
	set_fadt32(64, 0x604);
	set_fadt32(40, address32(make_dsdt(package, sizeof(package))));
	make_table(fadt, "FACP", sizeof(fadt));
	assert_true(acpi_init(address32(&rsdp)));
	expect_none(acpi_power_off_write);
	for (size_t length = 0; length < sizeof(cut); length++) {
		make_dsdt(cut, length);
		expect_none(acpi_power_off_write);
	}
	make_dsdt(cut, sizeof(cut));
	expect_write(acpi_power_off_write, true, 2, 0x604, 0x3400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(madt_without_entries),
		cmocka_unit_test(madt_with_both_kinds),
		cmocka_unit_test(madt_with_disabled_processors),
		cmocka_unit_test(madt_that_lists_one_twice),
		cmocka_unit_test(madt_with_more_than_fit),
		cmocka_unit_test(madt_that_is_cut_short),
		cmocka_unit_test(madt_with_senseless_lengths),
		cmocka_unit_test_setup(tables_through_the_rsdt, make_tables),
		cmocka_unit_test_setup(tables_through_the_xsdt, make_tables),
		cmocka_unit_test_setup(broken_tables_are_not_found, make_tables),
		cmocka_unit_test(checksums),
		cmocka_unit_test_setup(clocks, make_tables),
		cmocka_unit_test_setup(power_off_of_a_pc, make_tables),
		cmocka_unit_test_setup(power_off_of_a_hardware_reduced_machine, make_tables),
		cmocka_unit_test_setup(power_off_with_one_good_dsdt, make_tables),
		cmocka_unit_test_setup(no_power_off_without_s5, make_tables),
	};

	return cmocka_run_group_tests_name("acpi", tests, NULL, NULL);
}
