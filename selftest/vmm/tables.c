/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources: ACPI 6.5, chapter 5; Xen, docs/misc/pvh.pandoc. */
#include "selftest/vmm/tables.h"

#include <string.h>

#define START_INFO 0x20000
#define MEMMAP	   0x20100
#define CMDLINE	   0x20200
#define RSDP	   0xe0000
#define XSDT	   0xe0100
#define FADT	   0xe0200
#define DSDT	   0xe0400
#define MADT	   0xe0500

#define ISA_HOLE 0xa0000
#define ISA_END	 0x100000

#define HEADER_SIZE  36
#define FADT_SIZE    276
#define SPACE_IO     1
#define TMR_VAL_EXT  (1u << 8)
#define RESET_REG_OK (1u << 10)
#define HW_REDUCED   (1u << 20)

static uint8_t *ram;

static void put(uint64_t at, const void *bytes, size_t length)
{
	memcpy(ram + at, bytes, length);
}

static void put32(uint64_t at, uint32_t value)
{
	put(at, &value, sizeof(value));
}

static void put64(uint64_t at, uint64_t value)
{
	put(at, &value, sizeof(value));
}

static void put_checksum(uint64_t table, size_t length, size_t at)
{
	uint8_t sum = 0;

	ram[table + at] = 0;
	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + ram[table + i]);
	ram[table + at] = (uint8_t)-sum;
}

static void put_header(uint64_t table, const char *signature, size_t length)
{
	put(table, signature, 4);
	put32(table + 4, (uint32_t)length);
	put_checksum(table, length, 9);
}

/* A Generic Address Structure: a byte-wide I/O port. */
static void put_port(uint64_t at, uint16_t port)
{
	ram[at] = SPACE_IO;
	ram[at + 1] = 8;
	put64(at + 4, port);
}

static void put_fadt(bool pm_timer)
{
	put32(FADT + 112, HW_REDUCED | RESET_REG_OK | (pm_timer ? TMR_VAL_EXT : 0));
	put_port(FADT + 116, SLEEP_PORT);
	ram[FADT + 128] = RESET_VALUE;
	put64(FADT + 140, DSDT);
	if (pm_timer)
		put_port(FADT + 208, PM_TIMER_PORT);
	put_port(FADT + 244, SLEEP_PORT);
	put_port(FADT + 256, SLEEP_PORT);
	put_header(FADT, "FACP", FADT_SIZE);
}

static void put_tables(bool pm_timer)
{
	static const uint8_t s5[] = {0x08, '_', 'S', '5', '_', 0x12, 0x04, 0x01, 0x0a, 0x05};
	static const uint8_t lapic[] = {0, 8, 0, 0, 1, 0, 0, 0};

	put_fadt(pm_timer);
	put(DSDT + HEADER_SIZE, s5, sizeof(s5));
	put_header(DSDT, "DSDT", HEADER_SIZE + sizeof(s5));
	put32(MADT + HEADER_SIZE, 0xfee00000);
	put(MADT + HEADER_SIZE + 8, lapic, sizeof(lapic));
	put_header(MADT, "APIC", HEADER_SIZE + 8 + sizeof(lapic));
	put64(XSDT + HEADER_SIZE, FADT);
	put64(XSDT + HEADER_SIZE + 8, MADT);
	put_header(XSDT, "XSDT", HEADER_SIZE + 16);

	put(RSDP, "RSD PTR ", 8);
	ram[RSDP + 15] = 2; /* revision */
	put32(RSDP + 20, 36);
	put64(RSDP + 24, XSDT);
	put_checksum(RSDP, 20, 8);
	put_checksum(RSDP, 36, 32);
}

static void put_range(unsigned int index, uint64_t start, uint64_t end)
{
	put64(MEMMAP + 24ull * index, start);
	put64(MEMMAP + 24ull * index + 8, end - start);
	put32(MEMMAP + 24ull * index + 16, 1); /* RAM */
}

uint32_t tables_write(uint8_t *memory, size_t size, const char *cmdline, bool pm_timer)
{
	ram = memory;
	put_tables(pm_timer);
	put(CMDLINE, cmdline, strlen(cmdline) + 1);
	put_range(0, 0, ISA_HOLE);
	put_range(1, ISA_END, size);
	put32(START_INFO, 0x336ec578);
	put32(START_INFO + 4, 1); /* version */
	put64(START_INFO + 24, CMDLINE);
	put64(START_INFO + 32, RSDP);
	put64(START_INFO + 40, MEMMAP);
	put32(START_INFO + 48, 2);
	return START_INFO;
}
