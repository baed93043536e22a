/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/expected.c: what KVM offers has a say in what a guest has to see. How QEMU is asked: see expected.bats. */
#include "selftest/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "runner/run/expected.h"

#define IPI	  (1ULL << 11) /* KVM offers it */
#define EXT_DEST  (1ULL << 15) /* only a VMM does */
#define UNHALT	  (1ULL << 7)
#define UNKNOWN	  (1ULL << 31) /* has no name */
#define DEDICATED (1ULL << 32) /* a hint */

/* All errors, each with a '/' behind it, for a guest that sees @seen in its leaf. */
static const char *errors_of(const struct expected *e, uint64_t seen)
{
	static char text[600];
	struct ktap_parser ktap;
	json_t *error;
	size_t i;

	ktap_parser_init(&ktap);
	json_object_set_new(ktap.guest, "base", json_integer(0x40000000));
	json_object_set_new(ktap.guest, "features", json_integer((uint32_t)seen));
	json_object_set_new(ktap.guest, "hints", json_integer(seen >> 32));
	expected_check(e, &ktap);
	text[0] = '\0';
	json_array_foreach(ktap.errors, i, error)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s/", json_string_value(error));
	ktap_parser_free(&ktap);
	return text;
}

/* Everybody has answered; KVM offers @kvm, and of QEMU's flags those of @asked are on. */
static struct expected answers(uint64_t kvm, uint64_t asked)
{
	return (struct expected){
		.judged = true,
		.model = (char *)"m",
		.qemu_answered = true,
		.qemu_shows_leaf = true,
		.qemu_on = asked,
		.qemu_off = (IPI | EXT_DEST | UNHALT | DEDICATED) & ~asked,
		.kvm_answered = true,
		.kvm = kvm,
	};
}

static void missing(void **state)
{
	struct expected e = answers(IPI, IPI | UNHALT | EXT_DEST);

	(void)state;
	assert_string_equal(errors_of(&e, IPI | EXT_DEST), "");
	assert_string_equal(errors_of(&e, EXT_DEST),
			    "kvm-pv-ipi (EAX bit 11) was asked for by QEMU's expansion of -cpu m, but is not "
			    "advertised, though KVM offers it/");
	assert_string_equal(errors_of(&e, IPI),
			    "kvm-msi-ext-dest-id (EAX bit 15) was asked for by QEMU's expansion of -cpu m, but "
			    "is not advertised: QEMU does not offer it here/");
	/* What only a model asks for has to be there only if there is such a thing; what -cpu names, always. */
	e.on = UNHALT;
	e.features = UNHALT;
	assert_string_equal(errors_of(&e, IPI | EXT_DEST),
			    "kvm-pv-unhalt (EAX bit 7) was asked for by the features list, -cpu, but is not "
			    "advertised: KVM does not offer it/");
}

static void surplus(void **state)
{
	struct expected e = answers(UNHALT, EXT_DEST | DEDICATED);

	(void)state;
	assert_string_equal(errors_of(&e, EXT_DEST | DEDICATED), "");
	assert_string_equal(
		errors_of(&e, EXT_DEST | DEDICATED | IPI | UNKNOWN),
		"kvm-pv-ipi (EAX bit 11) is advertised, contrary to QEMU's expansion of -cpu m, KVM's "
		"offer/EAX bit 31 is advertised, contrary to KVM's offer/");
	/* A newer QEMU may have a name for what a newer KVM offers. */
	e.kvm = UNKNOWN;
	assert_string_equal(errors_of(&e, EXT_DEST | DEDICATED | UNKNOWN), "");
	e.absent = DEDICATED;
	e.off = DEDICATED;
	assert_string_equal(
		errors_of(&e, EXT_DEST | DEDICATED),
		"kvm-hint-dedicated (EDX bit 0) is advertised, contrary to the absent list, -cpu/");
}

static void withdrawn(void **state)
{
	struct expected e = answers(IPI | UNHALT, IPI | UNHALT);

	(void)state;
	e.on = UNHALT;
	e.withdrawn = UNHALT;
	assert_string_equal(errors_of(&e, IPI), "");
	assert_string_equal(errors_of(&e, IPI | UNHALT),
			    "kvm-pv-unhalt (EAX bit 7) is advertised, contrary to -overcommit cpu-pm=on/");
	e.features = UNHALT;
	assert_string_equal(errors_of(&e, IPI),
			    "kvm-pv-unhalt (EAX bit 7) was asked for by the features list, but is "
			    "not advertised: KVM withdraws it with -overcommit cpu-pm=on/");
}

static void nobody_answers(void **state)
{
	struct expected e = {.judged = true};

	(void)state;
	assert_string_equal(errors_of(&e, IPI | UNKNOWN), "");
	/* KVM may not offer what a model asks for. */
	e = answers(0, IPI);
	e.kvm_answered = false;
	assert_string_equal(errors_of(&e, 0), "");
	e.on = IPI;
	assert_string_equal(errors_of(&e, 0),
			    "kvm-pv-ipi (EAX bit 11) was asked for by -cpu, but is not advertised/");
	e.judged = false;
	assert_string_equal(errors_of(&e, 0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing),
		cmocka_unit_test(surplus),
		cmocka_unit_test(withdrawn),
		cmocka_unit_test(nobody_answers),
	};

	return cmocka_run_group_tests_name("expected", tests, NULL, NULL);
}
