/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/kvm/told.c: the kernel's arguments about the host. */
#include "selftest/unit/unit.h"

#include <string.h>

#include "x86/kvm/told.h"

static void switches(void **state)
{
	(void)state;
	assert_int_equal(told.tsc_clock, TOLD_NOTHING);
	assert_true(told_parse("tsc-clock", "on"));
	assert_int_equal(told.tsc_clock, TOLD_ON);
	assert_true(told_parse("tsc-clock", "off"));
	assert_int_equal(told.tsc_clock, TOLD_OFF);
	assert_false(told_parse("tsc-clock", "maybe"));
	assert_false(told_parse("tsc-clock", ""));
	assert_false(told_parse("tsc", "on"));
	assert_int_equal(told.tsc_clock, TOLD_OFF);
	assert_true(told_parse("lapic", "kernel"));
	assert_int_equal(told.kernel_lapic, TOLD_ON);
	assert_true(told_parse("lapic", "vmm"));
	assert_int_equal(told.kernel_lapic, TOLD_OFF);
	assert_false(told_parse("lapic", "on"));
	assert_int_equal(told.virtio_channel, TOLD_NOTHING);
	assert_true(told_parse("channel", "com2"));
	assert_int_equal(told.virtio_channel, TOLD_OFF);
	assert_true(told_parse("channel", "virtio"));
	assert_int_equal(told.virtio_channel, TOLD_ON);
	assert_false(told_parse("channel", "on"));
	assert_true(told_parse("cmos-clock", "host"));
	assert_int_equal(told.host_cmos_clock, TOLD_ON);
}

static void numbers(void **state)
{
	(void)state;
	assert_false(told.kvm_features.known);
	assert_false(told_parse("kvm-features", "0x100000000"));
	assert_false(told_parse("kvm-features", "clock"));
	assert_false(told.kvm_features.known);
	assert_true(told_parse("kvm-features", "0x1007efb"));
	assert_true(told.kvm_features.known);
	assert_int_equal(told.kvm_features.value, 0x1007efb);
	assert_true(told_parse("kvm-features", "0"));
	assert_false(told_parse("host-cpus", "0"));
	assert_true(told_parse("host-cpus", "2"));
	assert_int_equal(told.host_cpus.value, 2);
	assert_false(told_parse("epoch", "0"));
	assert_false(told_parse("epoch", "soon"));
}

static void slews(void **state)
{
	(void)state;
	assert_false(told_parse("clock-slew-ppm", ""));
	assert_false(told_parse("clock-slew-ppm", "-"));
	assert_false(told_parse("clock-slew-ppm", "--1"));
	assert_false(told_parse("clock-slew-ppm", "100001"));
	assert_false(told.clock_slew_known);
	assert_true(told_parse("clock-slew-ppm", "-12"));
	assert_true(told.clock_slew_known);
	assert_int_equal(told.clock_slew_ppm, -12);
	assert_true(told_parse("clock-slew-ppm", "500"));
	assert_int_equal(told.clock_slew_ppm, 500);
}

static void all_arguments_fit_into_one_line(void **state)
{
	char text[600], little[20];

	(void)state;
	assert_true(told_arguments(text, sizeof(text)) < 480);
	assert_non_null(strstr(text, "enforce=on|off cold=on|off "));
	assert_non_null(strstr(text, " lapic=kernel|vmm "));
	assert_non_null(strstr(text, " epoch=N clock-slew-ppm=N"));
	told_arguments(little, sizeof(little));
	assert_int_equal(strlen(little), sizeof(little) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switches),
		cmocka_unit_test(numbers),
		cmocka_unit_test(slews),
		cmocka_unit_test(all_arguments_fit_into_one_line),
	};

	return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
