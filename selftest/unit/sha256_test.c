/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/common/sha256.c against the examples of FIPS 180-4, and at the borders of blocks. */
#include "selftest/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/sha256.h"

static void expect_sum(const char *bytes, size_t length, size_t step, const char *want)
{
	struct sha256 s;
	char *got;

	sha256_init(&s);
	for (size_t at = 0; at < length; at += step)
		sha256_add(&s, bytes + at, length - at < step ? length - at : step);
	got = sha256_end(&s);
	assert_string_equal(got, want);
	free(got);
}

static void examples(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	(void)state;
	expect_sum("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_sum("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	for (size_t step = 1; step < sizeof(two_blocks); step++)
		expect_sum(two_blocks, sizeof(two_blocks) - 1, step,
			   "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million(void **state)
{
	char *bytes = malloc(1000000);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'a', 1000000);
	expect_sum(bytes, 1000000, 997, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples),
		cmocka_unit_test(a_million),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
