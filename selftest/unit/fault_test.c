/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/cpu/fault.c: words for faults, the exception table, and what EXPECT_FAULT() says. */
#include "selftest/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "x86/cpu/fault.h"

struct exception_entry {
	u64 instruction, fixup;
};

extern const struct exception_entry __start_exception_table[], __stop_exception_table[];

/* Here in place of lib/test.c: what the last check was. */

static bool check_held, left;
static char check_text[200];
static jmp_buf test_end;

bool test_check(bool holds, const char *file, unsigned int line, const char *fmt, ...)
{
	va_list args;

	assert_string_equal(file, __FILE__);
	assert_true(line > 0);
	va_start(args, fmt);
	vsnprintf(check_text, sizeof(check_text), fmt, args);
	va_end(args);
	check_held = holds;
	return holds;
}

void test_leave(void)
{
	left = true;
	longjmp(test_end, 1);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(fault_text(0), "no fault");
	assert_string_equal(fault_text(FAULT(0, 0)), "#DE(0)"); /* is not "no fault" */
	assert_string_equal(fault_text(FAULT(GP_VECTOR, 0)), "#GP(0)");
	assert_string_equal(fault_text(FAULT(PF_VECTOR, 0x11)), "#PF(0x11)");
	assert_string_equal(fault_text(FAULT(GP_VECTOR, 0xffff)), "#GP(0xffff)");
	assert_string_equal(fault_text(FAULT(9, 0)), "vector 9(0)");
	assert_string_equal(fault_text(FAULT(31, 5)), "vector 31(0x5)");
	assert_string_equal(fault_text(FAULT(255, 0)), "vector 255(0)");
}

static void four_texts_are_good_at_a_time(void **state)
{
	const char *texts[4];

	(void)state;
	for (u32 i = 0; i < 4; i++)
		texts[i] = fault_text(FAULT(GP_VECTOR, 8 * i));
	assert_string_equal(texts[0], "#GP(0)");
	assert_string_equal(texts[1], "#GP(0x8)");
	assert_string_equal(texts[2], "#GP(0x10)");
	assert_string_equal(texts[3], "#GP(0x18)");
}

static void vectors_are_told_apart(void **state)
{
	(void)state;
	assert_true(fault_is(FAULT(GP_VECTOR, 0), GP_VECTOR));
	assert_true(fault_is(FAULT(GP_VECTOR, 0x48), GP_VECTOR));
	assert_false(fault_is(FAULT(GP_VECTOR, 0), UD_VECTOR));
	assert_false(fault_is(0, DE_VECTOR));
}

static void exception_table(void **state)
{
	unsigned int entries = 0;

	(void)state;
	for (const struct exception_entry *e = __start_exception_table; e < __stop_exception_table; e++) {
		entries++;
		assert_int_equal(fault_fixup(e->instruction), e->fixup);
		assert_true(e->fixup > e->instruction);
		assert_int_equal(fault_fixup(e->instruction - 1), 0);
		assert_int_equal(fault_fixup(e->instruction + 1), 0);
	}
	assert_true(entries >= 2); /* the probes of fault.c */
	assert_int_equal(fault_fixup(0), 0);
	assert_int_equal(fault_fixup(UINT64_MAX), 0);
}

static void probes_that_do_not_fault(void **state)
{
	u64 memory = 0x1122334455667788, value = 0;

	(void)state;
	assert_int_equal(fault_read_u64(&memory, &value), 0);
	assert_int_equal(value, memory);
	assert_int_equal(fault_write_u8(&memory, 0xff), 0);
	assert_int_equal(memory, 0x11223344556677ff);
}

static fault_t fault(u8 vector, u16 error)
{
	return FAULT(vector, error);
}

static void expectations(void **state)
{
	(void)state;
	EXPECT_FAULT(GP_VECTOR, fault(GP_VECTOR, 0));
	assert_true(check_held);
	EXPECT_NO_FAULT(0);
	assert_true(check_held);

	EXPECT_FAULT(GP_VECTOR, fault(UD_VECTOR, 0));
	assert_false(check_held);
	assert_string_equal(check_text, "EXPECT_FAULT(fault(UD_VECTOR, 0)): got #UD(0), want #GP(0)");
	EXPECT_FAULT(GP_VECTOR, fault(GP_VECTOR, 8));
	assert_false(check_held);
	assert_string_equal(check_text, "EXPECT_FAULT(fault(GP_VECTOR, 8)): got #GP(0x8), want #GP(0)");
	EXPECT_FAULT(DE_VECTOR, 0);
	assert_false(check_held);
	assert_string_equal(check_text, "EXPECT_FAULT(0): got no fault, want #DE(0)");
	EXPECT_NO_FAULT(fault(PF_VECTOR, 2));
	assert_false(check_held);
	assert_string_equal(check_text, "EXPECT_NO_FAULT(fault(PF_VECTOR, 2)): got #PF(0x2), want no fault");
}

static void assertions(void **state)
{
	(void)state;
	left = false;
	if (!setjmp(test_end))
		ASSERT_NO_FAULT(0);
	assert_true(check_held && !left);
	if (!setjmp(test_end))
		ASSERT_NO_FAULT(fault(GP_VECTOR, 0));
	assert_true(!check_held && left);
	assert_string_equal(check_text, "ASSERT_NO_FAULT(fault(GP_VECTOR, 0)): got #GP(0), want no fault");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(four_texts_are_good_at_a_time),
		cmocka_unit_test(vectors_are_told_apart),
		cmocka_unit_test(exception_table),
		cmocka_unit_test(probes_that_do_not_fault),
		cmocka_unit_test(expectations),
		cmocka_unit_test(assertions),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
