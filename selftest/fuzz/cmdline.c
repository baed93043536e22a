/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/cmdline.c and what of lib/string.c reads its words: any kernel command line. */
#include "selftest/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cmdline.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size), *rest = text, *end = text + strlen(text), *key, *value;
	size_t words = 0;
	u64 number;

	while ((key = cmdline_next(&rest, &value))) {
		FUZZ_CHECK(key >= text && key < rest && rest <= end);
		FUZZ_CHECK(!strpbrk(key, " \t\r\n="));
		FUZZ_CHECK(!value || (value > key && value <= end && !strpbrk(value, " \t\r\n")));
		if (value) {
			string_to_u64(value, &number);
			string_glob(value, "kvmclock.multiplier_uses_all_of_its_bits");
			string_glob(value, key);
		}
		words++;
	}
	FUZZ_CHECK(words <= size && rest == end);
	free(text);
	return 0;
}
