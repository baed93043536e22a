/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/cmdline.c, and what of lib/string.c and x86/kvm/told.c takes its words in: any kernel command line. */
#include "selftest/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cmdline.h"
#include "lib/string.h"
#include "x86/kvm/told.h"

/* Facts stay within what told.h says of them. */
static void check_told(void)
{
	FUZZ_CHECK(told.enforce <= TOLD_ON && told.host_is_virtual <= TOLD_ON);
	FUZZ_CHECK(told.kvm_features.value <= UINT32_MAX && told.vcpu_tsc_khz.value <= UINT32_MAX);
	FUZZ_CHECK(told.host_cpus.value <= 1 << 20 && (told.host_cpus.value || !told.host_cpus.known));
	FUZZ_CHECK(told.clock_slew_ppm >= -100000 && told.clock_slew_ppm <= 100000);
}

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
			told_parse(key, value);
			check_told();
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
