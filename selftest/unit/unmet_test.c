/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/kvm/unmet.c: the sentence for each kind of unmet need. */
#include "selftest/unit/unit.h"

#include <string.h>

#include "lib/arch.h"
#include "lib/test.h"
#include "x86/cpu/smp.h"

unsigned int smp_cpus_online(void)
{
	return 2;
}

static const char *explain(enum unmet_kind kind, const char *what)
{
	static char text[200];
	struct unmet unmet = {.kind = kind};

	strncpy(unmet.what, what, sizeof(unmet.what) - 1);
	arch_explain_unmet(&unmet, text, sizeof(text));
	return text;
}

static void features(void **state)
{
	(void)state;
	assert_string_equal(explain(UNMET_ABSENT, "kvm-pv-eoi"),
			    "kvm-pv-eoi is not advertised; use -cpu ...,kvm-pv-eoi=on");
	assert_string_equal(explain(UNMET_ADVERTISED, "kvm-pv-eoi"),
			    "kvm-pv-eoi is advertised; use -cpu ...,kvm-pv-eoi=off");
	assert_string_equal(explain(UNMET_ABSENT, "bit-17"),
			    "feature bit 17 is not advertised; the VMM has to offer it");
	assert_string_equal(explain(UNMET_ADVERTISED, "bit-17"),
			    "feature bit 17 is advertised; the VMM has to hide it");
}

static void numbers(void **state)
{
	(void)state;
	assert_string_equal(explain(UNMET_VCPUS, "3"), "needs 3 vCPUs, 2 run; use -smp 3");
	assert_string_equal(explain(UNMET_UNKNOWN, "features=0x2000000,hints=0"),
			    "not checked, for it is newer than these tests: features=0x2000000,hints=0");
}

static void features_of_the_host(void **state)
{
	(void)state;
	assert_string_equal(explain(UNMET_HOST, "qemu>=6.0"),
			    "the host's QEMU cannot do it; use QEMU 6.0 or newer");
	assert_string_equal(explain(UNMET_HOST, "newer-runner"),
			    "the runner does not know what this test asks it for; use a newer pvrun");
	assert_string_equal(explain(UNMET_HOST, "maxcpus=3"),
			    "the VM has all the vCPUs that it may have; use -smp ...,maxcpus=3");
	assert_string_equal(explain(UNMET_HOST, "kvm-poll-control"),
			    "the host's KVM does not have kvm-poll-control; run on a newer kernel");
	assert_non_null(strstr(explain(UNMET_SETTING, "kvm-features=MASK"), "start the VM with pvrun"));
}

/* The kind tells needs of the same name apart. */
static void sentences_of_the_table(void **state)
{
	(void)state;
	assert_string_equal(explain(UNMET_ABSENT, "kvm"),
			    "CPUID has no KVM leaf; run under KVM, without -cpu ...,kvm=off");
	assert_string_equal(explain(UNMET_MACHINE, "i8259"),
			    "the machine has no 8259; use -machine pc or q35");
	assert_non_null(strstr(explain(UNMET_ABSENT, "timing-leaf"), "has no timing leaf"));
	assert_non_null(strstr(explain(UNMET_ADVERTISED, "timing-leaf"), "has the timing leaf"));
}

static void a_need_without_a_sentence_is_named(void **state)
{
	(void)state;
	assert_string_equal(explain(UNMET_MACHINE, "kvm"), "the test needs kvm");
}

static void a_sentence_is_cut_to_its_buffer(void **state)
{
	struct unmet unmet = {.kind = UNMET_MACHINE, .what = "i8259"};
	char text[12];

	(void)state;
	arch_explain_unmet(&unmet, text, sizeof(text));
	assert_string_equal(text, "the machine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features),
		cmocka_unit_test(numbers),
		cmocka_unit_test(features_of_the_host),
		cmocka_unit_test(sentences_of_the_table),
		cmocka_unit_test(a_need_without_a_sentence_is_named),
		cmocka_unit_test(a_sentence_is_cut_to_its_buffer),
	};

	return cmocka_run_group_tests_name("unmet", tests, NULL, NULL);
}
