/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86/platform/boot_info.c: what it takes from the loaders' structures. Those are made up here, and lie below 4 GiB because
 * the program is not PIE.
 */
#include "selftest/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "x86/platform/boot_info.h"

/* As the Multiboot Specification 0.6.96 has it, section 3.3, up to the last field that is looked at. */
static struct {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4];
	u32 mmap_length, mmap_addr, drives_length, drives_addr, config_table, boot_loader_name;
} multiboot;

#define HAS_CMDLINE BIT(2)
#define HAS_MMAP    BIT(6)
#define HAS_NAME    BIT(9)

struct entry {
	u32 size;
	u64 start, length;
	u32 type;
} __attribute__((packed));

static struct entry memory[40];

static struct {
	u32 magic, version, flags, nr_modules;
	u64 modlist, cmdline, rsdp, memmap;
	u32 memmap_entries, reserved;
} pvh;

static struct {
	u64 start, length;
	u32 type, reserved;
} pvh_memory[3];

static char cmdline[3000];
static const char qemu[] = "qemu", grub[] = "GRUB 2.06-13+deb12u1", kexec[] = "kexec 2.0.25";

static u32 address32(const void *object)
{
	assert_true((uintptr_t)object <= UINT32_MAX);
	return (u32)(uintptr_t)object;
}

static void from_multiboot(const char *text, const char *loader)
{
	memset(&boot_info, 0, sizeof(boot_info));
	multiboot.flags = HAS_CMDLINE | HAS_MMAP | (loader ? HAS_NAME : 0);
	snprintf(cmdline, sizeof(cmdline), "%s", text);
	multiboot.cmdline = address32(cmdline);
	multiboot.boot_loader_name = loader ? address32(loader) : 0xffffffff;
	boot_from_multiboot(address32(&multiboot));
	assert_string_equal(boot_info.protocol, "multiboot");
}

static int two_ranges(void **state)
{
	(void)state;
	memory[0] = (struct entry){20, 0, 0x9fc00, 1};
	memory[1] = (struct entry){20, 0x9fc00, 0x400, 2};
	memory[2] = (struct entry){20, 0x100000, 0x1f00000, 1};
	memory[3] = (struct entry){20, 0xfffc0000, 0x40000, 2};
	multiboot.mmap_addr = address32(memory);
	multiboot.mmap_length = 4 * sizeof(memory[0]);
	return 0;
}

/* QEMU puts the image's name in front, and calls itself "qemu"; GRUB 2 leaves it out. */
static void command_lines(void **state)
{
	(void)state;
	from_multiboot("build/kvm-pv-tests run=a.* list", qemu);
	assert_string_equal(boot_info.cmdline, "run=a.* list");
	from_multiboot("build/kvm-pv-tests", qemu);
	assert_string_equal(boot_info.cmdline, "");
	from_multiboot("build/kvm-pv-tests   ", qemu);
	assert_string_equal(boot_info.cmdline, "");
	from_multiboot("", qemu);
	assert_string_equal(boot_info.cmdline, "");
	from_multiboot("run=a.* list", grub);
	assert_string_equal(boot_info.cmdline, "run=a.* list");
	from_multiboot("run=a.* list", NULL);
	assert_string_equal(boot_info.cmdline, "run=a.* list");
	assert_int_equal(boot_info.loader, BOOT_LOADER_OTHER);
	from_multiboot("", qemu);
	assert_int_equal(boot_info.loader, BOOT_LOADER_VMM);
	from_multiboot("", kexec);
	assert_int_equal(boot_info.loader, BOOT_LOADER_KEXEC);
	assert_false(boot_info.cmdline_cut);
}

static void long_command_lines(void **state)
{
	char text[sizeof(boot_info.cmdline) + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(boot_info.cmdline) - 1] = '\0';
	from_multiboot(text, grub);
	assert_string_equal(boot_info.cmdline, text);
	assert_false(boot_info.cmdline_cut);

	text[sizeof(boot_info.cmdline) - 1] = 'x';
	text[sizeof(boot_info.cmdline)] = '\0';
	from_multiboot(text, grub);
	assert_int_equal(strlen(boot_info.cmdline), sizeof(boot_info.cmdline) - 1);
	assert_true(boot_info.cmdline_cut);
}

static void memory_map(void **state)
{
	(void)state;
	from_multiboot("", grub);
	assert_int_equal(boot_info.ram_count, 2);
	assert_int_equal(boot_info.ram[0].start, 0);
	assert_int_equal(boot_info.ram[0].end, 0x9fc00);
	assert_int_equal(boot_info.ram[1].start, 0x100000);
	assert_int_equal(boot_info.ram[1].end, 0x2000000);
	assert_int_equal(boot_ram_size(), 0x9fc00 + 0x1f00000);
}

/* An entry's size says where the next one is: loaders may append to it. */
static void memory_map_with_longer_entries(void **state)
{
	static struct {
		struct entry entry;
		u32 more;
	} __attribute__((packed)) longer[2] = {{{24, 0x1000, 0x1000, 1}, 1}, {{24, 0x8000, 0x2000, 1}, 1}};

	(void)state;
	multiboot.mmap_addr = address32(longer);
	multiboot.mmap_length = sizeof(longer);
	from_multiboot("", grub);
	assert_int_equal(boot_info.ram_count, 2);
	assert_int_equal(boot_info.ram[1].start, 0x8000);
}

static void memory_map_with_more_than_fit(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(memory); i++)
		memory[i] = (struct entry){20, i << 20, 0x1000, 1};
	multiboot.mmap_length = sizeof(memory);
	from_multiboot("", grub);
	assert_int_equal(boot_info.ram_count, ARRAY_SIZE(boot_info.ram));
}

static void without_any_information(void **state)
{
	(void)state;
	memset(&boot_info, 0, sizeof(boot_info));
	multiboot.flags = 0;
	multiboot.cmdline = multiboot.mmap_addr = multiboot.boot_loader_name = 0xffffffff;
	boot_from_multiboot(address32(&multiboot));
	assert_string_equal(boot_info.cmdline, "");
	assert_int_equal(boot_info.ram_count, 0);
	assert_int_equal(boot_info.rsdp, 0);
}

static void pvh_structures(void **state)
{
	(void)state;
	memset(&boot_info, 0, sizeof(boot_info));
	snprintf(cmdline, sizeof(cmdline), "run=b.* epoch=5");
	pvh.version = 1;
	pvh.cmdline = address32(cmdline);
	pvh.rsdp = 0xf5a40;
	pvh.memmap = address32(pvh_memory);
	pvh.memmap_entries = 3;
	pvh_memory[0].length = 0x9fc00;
	pvh_memory[0].type = 1;
	pvh_memory[1].start = 0xf0000;
	pvh_memory[1].length = 0x10000;
	pvh_memory[1].type = 2;
	pvh_memory[2].start = 1ull << 32;
	pvh_memory[2].length = 1ull << 30;
	pvh_memory[2].type = 1;
	boot_from_pvh(address32(&pvh));
	assert_string_equal(boot_info.protocol, "pvh");
	assert_string_equal(boot_info.cmdline, "run=b.* epoch=5"); /* no image's name in front */
	assert_int_equal(boot_info.rsdp, 0xf5a40);
	assert_int_equal(boot_info.ram_count, 2);
	assert_int_equal(boot_info.ram[1].end, (1ull << 32) + (1ull << 30));
}

static void pvh_version_0(void **state)
{
	(void)state;
	memset(&boot_info, 0, sizeof(boot_info));
	pvh.version = 0;
	pvh.cmdline = 0;
	pvh.memmap = 0xffffffff; /* not there in this version */
	boot_from_pvh(address32(&pvh));
	assert_string_equal(boot_info.cmdline, "");
	assert_int_equal(boot_info.ram_count, 0);
}

static void ram_or_not(void **state)
{
	(void)state;
	from_multiboot("", grub);
	assert_true(boot_is_ram(0, 1));
	assert_true(boot_is_ram(0x9fbff, 1));
	assert_true(boot_is_ram(0, 0x9fc00));
	assert_false(boot_is_ram(0, 0x9fc01));
	assert_false(boot_is_ram(0x9fc00, 1));
	assert_false(boot_is_ram(0xfffff, 2));
	assert_true(boot_is_ram(0x1ffffff, 1));
	assert_false(boot_is_ram(0x2000000, 1));
	assert_false(boot_is_ram(UINT64_MAX, 1)); /* the sum is 0 */
	assert_false(boot_is_ram(UINT64_MAX - 10, 0x200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(command_lines, two_ranges),
		cmocka_unit_test_setup(long_command_lines, two_ranges),
		cmocka_unit_test_setup(memory_map, two_ranges),
		cmocka_unit_test_setup(memory_map_with_longer_entries, two_ranges),
		cmocka_unit_test_setup(memory_map_with_more_than_fit, two_ranges),
		cmocka_unit_test(without_any_information),
		cmocka_unit_test(pvh_structures),
		cmocka_unit_test(pvh_version_0),
		cmocka_unit_test_setup(ram_or_not, two_ranges),
	};

	return cmocka_run_group_tests_name("boot_info", tests, NULL, NULL);
}
