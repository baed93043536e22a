/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/cpu/call_sites.c, on a table as boot/call_sites.awk writes it. */
#include "selftest/unit/unit.h"

#include "x86/cpu/call_sites.h"

__asm__(".pushsection .data\n"
	".balign 4\n"
	".globl call_sites_start, call_sites_end, call_site_files\n"
	"call_sites_start:\n"
	"	.long 0x100010; .short 0, 1\n"
	"	.long 0x100020; .short 1, 20\n" /* inlined into line 21, and that into line 65535 */
	"	.long 0x100020; .short 0, 21\n"
	"	.long 0x100020; .short 0, 65535\n"
	"	.long 0x100030; .short 0, 30\n"
	"call_sites_end:\n"
	"call_site_files:\n"
	"	.long 1f, 2f\n"
	"1:	.asciz \"tests/a.c\"\n"
	"2:	.asciz \"x86/cpu/b.h\"\n"
	".popsection\n");

static void assert_place(u64 returns_to, unsigned int depth, const char *file, unsigned int line)
{
	struct source_place place = {0};

	assert_true(call_site_find(returns_to, depth, &place));
	assert_string_equal(place.file, file);
	assert_int_equal(place.line, line);
}

static void assert_no_place(u64 returns_to, unsigned int depth)
{
	struct source_place place;

	assert_false(call_site_find(returns_to, depth, &place));
}

static void calls(void **state)
{
	(void)state;
	assert_place(0x100010, 0, "tests/a.c", 1);
	assert_place(0x100020, 0, "x86/cpu/b.h", 20);
	assert_place(0x100030, 0, "tests/a.c", 30);
}

static void inlined_functions(void **state)
{
	(void)state;
	assert_place(0x100020, 1, "tests/a.c", 21);
	assert_place(0x100020, 2, "tests/a.c", 65535);
	assert_no_place(0x100020, 3);
	assert_no_place(0x100010, 1);
	assert_no_place(0x100030, 1);
}

static void addresses_behind_no_call(void **state)
{
	(void)state;
	assert_no_place(0, 0);
	assert_no_place(0x10000f, 0);
	assert_no_place(0x100011, 0);
	assert_no_place(0x10002f, 0);
	assert_no_place(0x100031, 0);
	assert_no_place(UINT64_MAX, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
		cmocka_unit_test(inlined_functions),
		cmocka_unit_test(addresses_behind_no_call),
	};

	return cmocka_run_group_tests_name("call_sites", tests, NULL, NULL);
}
