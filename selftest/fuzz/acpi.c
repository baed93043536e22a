/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86/platform/acpi.c and acpi_madt.c: any tables in the 4 GiB that the kernel maps. The input is a byte of flags and
 * what lies at TABLES; the RSDP comes first. There is no address sanitizer here, for its shadow lies below 4 GiB, too: what is
 * read outside of the 4 GiB, or in page 0, is a fault here as it is in the kernel.
 */
#include "selftest/fuzz/fuzz.h"

#include <err.h>
#include <string.h>
#include <sys/mman.h>

#include "x86/cpu/processor.h"

/* What is not mapped is larger here: a process may map nothing below LOWEST. */
#undef PAGE_SIZE
#define PAGE_SIZE 0x10000
#include "x86/platform/acpi.c" /* NOLINT(bugprone-suspicious-include) */

#define LOWEST	   0x10000ul
#define END	   0x100000000ul
#define TABLES	   0x100000ul
#define TABLES_MAX 0x10000ul
#define RSDP_SUM   8
#define TABLE_SUM  9

enum { FIX_CHECKSUMS = 1, FIND_BY_SCAN = 2, HIGH = 4 };

static void map_memory(void)
{
	void *want = (void *)LOWEST;

	if (mmap(want, END - LOWEST, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != want)
		err(2, "cannot map the memory below 4 GiB");
}

static void fix(u8 *bytes, size_t length, size_t at)
{
	u8 sum = 0;

	bytes[at] = 0;
	for (size_t i = 0; i < length; i++)
		sum = (u8)(sum + bytes[i]);
	bytes[at] = (u8)-sum;
}

/* Of everything that looks like a table. */
static void fix_checksums(u8 *bytes, size_t size)
{
	if (size >= RSDP_V1_LENGTH)
		fix(bytes, RSDP_V1_LENGTH, RSDP_SUM);
	for (size_t at = sizeof(struct rsdp); at + sizeof(struct acpi_header) <= size; at++) {
		static const char names[] = "RSDT XSDT FACP DSDT HPET APIC";
		u32 length;

		for (size_t i = 0; i < sizeof(names); i += 5) {
			if (memcmp(bytes + at, names + i, 4))
				continue;
			memcpy(&length, bytes + at + 4, 4);
			if (length > TABLE_SUM && length <= size - at)
				fix(bytes + at, length, TABLE_SUM);
		}
	}
}

static void check_write(const struct acpi_write *write)
{
	FUZZ_CHECK(write->size == 1 || (write->size == 2 && write->to_port));
	FUZZ_CHECK(write->address && write->address < (write->to_port ? 0x10000 : END));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	const struct acpi_header *madt;
	struct acpi_write write;
	u32 ids[8];
	u64 base;
	bool wide;

	if (!ready) {
		map_memory();
		ready = true;
	}
	if (!size-- || size > TABLES_MAX)
		return 0;
	base = *data & HIGH ? END - size : *data & FIND_BY_SCAN ? BIOS_AREA : TABLES;
	memcpy((void *)base, data + 1, size);
	if (*data & FIX_CHECKSUMS)
		fix_checksums((u8 *)base, size);
	root = NULL;
	if (acpi_init(*data & FIND_BY_SCAN ? 0 : base)) {
		madt = acpi_find("APIC");
		if (madt)
			acpi_madt_apic_ids(madt, ids, ARRAY_SIZE(ids));
		acpi_pm_timer(&wide);
		FUZZ_CHECK(acpi_hpet() < END);
		if (acpi_power_off_write(&write))
			check_write(&write);
		if (acpi_reset_write(&write))
			check_write(&write);
	}
	memset((void *)base, 0, size);
	return 0;
}
