/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86/cpu/symbols.c, on a table as boot/symbols.awk writes it. The linker's command line puts the image, which is never
 * touched, from 0x100000 to 0x101000.
 */
#include "selftest/unit/unit.h"

#include "x86/cpu/symbols.h"

__asm__(".pushsection .data\n"
	".balign 4\n"
	".globl symbols_start, symbols_end\n"
	"symbols_start:\n"
	"	.long 0x100010, 1f, 0x100020, 2f, 0x100800, 3f\n"
	"symbols_end:\n"
	"1:	.asciz \"first\"\n"
	"2:	.asciz \"second\"\n"
	"3:	.asciz \"last\"\n"
	".popsection\n");

static void assert_place(u64 address, const char *name, u64 offset)
{
	u64 got_offset = 12345;

	assert_string_equal(symbols_find(address, &got_offset), name);
	assert_int_equal(got_offset, offset);
}

static void names_and_offsets(void **state)
{
	(void)state;
	assert_place(0x100010, "first", 0);
	assert_place(0x10001f, "first", 0xf);
	assert_place(0x100020, "second", 0);
	assert_place(0x1007ff, "second", 0x7df);
	assert_place(0x100800, "last", 0);
	assert_place(0x100fff, "last", 0x7ff);
}

static void places_without_a_name(void **state)
{
	(void)state;
	assert_place(0x100000, "?", 0); /* in the image, before the first function */
	assert_place(0x101000, "?", 0);
	assert_place(0x0fffff, "?", 0);
	assert_place(0, "?", 0);
	assert_place(UINT64_MAX, "?", 0);
}

static void bounds_of_the_code(void **state)
{
	(void)state;
	assert_true(symbols_is_code(0x100000));
	assert_true(symbols_is_code(0x100fff));
	assert_false(symbols_is_code(0x0fffff));
	assert_false(symbols_is_code(0x101000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_offsets),
		cmocka_unit_test(places_without_a_name),
		cmocka_unit_test(bounds_of_the_code),
	};

	return cmocka_run_group_tests_name("symbols", tests, NULL, NULL);
}
