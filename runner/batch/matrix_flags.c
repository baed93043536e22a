/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/matrix_flags.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/capture.h"
#include "runner/common/alloc.h"
#include "runner/common/text.h"

#define ENFORCE	     "kvm-pv-enforce-cpuid"
#define FLAG_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* QEMU's flags that are no features of a guest, so that no configuration is missing for them. */
static const char *const no_features[] = {ENFORCE, "kvm-no-smi-migration"};

static bool flags_have(const struct flag_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->names[i], name))
			return true;
	return false;
}

static void flags_add(struct flag_list *list, char *name)
{
	list->names = alloc_grow(list->names, list->count, sizeof(*list->names));
	list->names[list->count++] = name;
}

static void flags_free(struct flag_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct flag_list){0};
}

/*
 * The PV flags among what "QEMU -device host-x86_64-cpu,help" prints: lines of FLAG=<TYPE>. Some flags stand there
 * twice, the second time with underscores, which are left out.
 */
static struct flag_list flags_in_help(const char *help)
{
	struct flag_list flags = {0};

	while (*help) {
		size_t length;

		help += strspn(help, " \t");
		length = strspn(help, FLAG_LETTERS);
		if (help[length] == '=' && (!strncmp(help, "kvmclock", 8) || !strncmp(help, "kvm-", 4))) {
			char *flag = text_format("%.*s", (int)length, help);

			if (flags_have(&flags, flag))
				free(flag);
			else
				flags_add(&flags, flag);
		}
		help = strchrnul(help, '\n');
		help += *help == '\n';
	}
	return flags;
}

/* A flag for which KVM has a feature. */
static void sort_in(struct matrix_flags *flags, const struct flag_list *known, const char *flag, bool offered)
{
	if (!flags_have(known, flag)) {
		flags_add(&flags->left_out, text_format("%s: this QEMU does not know it", flag));
		return;
	}
	flags_add(&flags->switches, text_format("%s", flag));
	if (offered)
		flags_add(&flags->backed, text_format("%s", flag));
	else
		flags_add(&flags->left_out, text_format("%s: this KVM does not offer it", flag));
}

static bool can_enforce(const struct flag_list *known, const json_t *offer)
{
	const json_t *capabilities = json_object_get(offer, "capabilities");

	return flags_have(known, ENFORCE) &&
	       json_integer_value(json_object_get(capabilities, "KVM_CAP_ENFORCE_PV_FEATURE_CPUID")) == 1;
}

/*
 * Compares what QEMU knows with @offer: {"features": [{"qemu_flag": FLAG|null, "offered_by": "kvm"|"vmm"|null, ...},
 * ...], "capabilities": {NAME: VALUE, ...}, ...}.
 */
static struct matrix_flags flags_compare(const struct flag_list *known, const json_t *offer)
{
	struct matrix_flags flags = {.enforce = can_enforce(known, offer)};
	struct flag_list seen = {0};
	const json_t *feature;
	size_t i;

	for (i = 0; i < sizeof(no_features) / sizeof(no_features[0]); i++)
		flags_add(&seen, text_format("%s", no_features[i]));
	json_array_foreach(json_object_get(offer, "features"), i, feature) {
		const char *flag = json_string_value(json_object_get(feature, "qemu_flag"));

		/* A flag may stand for several bits. */
		if (!flag || flags_have(&seen, flag))
			continue;
		flags_add(&seen, text_format("%s", flag));
		sort_in(&flags, known, flag, json_is_string(json_object_get(feature, "offered_by")));
	}
	if (!flags.enforce)
		flags_add(&flags.left_out,
			  text_format(ENFORCE ": this QEMU does not know it, or KVM does not offer it"));
	for (i = 0; i < known->count; i++)
		if (!flags_have(&seen, known->names[i]))
			flags_add(&flags.left_out,
				  text_format("%s: no test knows what it promises", known->names[i]));
	flags_free(&seen);
	return flags;
}
/* The first line of @text. */
static int first_line(const char *text)
{
	return (int)strcspn(text, "\n");
}

static char *ask_qemu(struct flag_list *known, const char *qemu)
{
	const char *const argv[] = {qemu, "-device", "host-x86_64-cpu,help", NULL};
	int status;
	char *help = capture(argv, "", MATRIX_SECONDS_MAX, &status), *wrong = NULL;

	*known = flags_in_help(help);
	if (!flags_have(known, "kvmclock"))
		wrong = text_format("--matrix: %s names no PV flags: %.*s", qemu, first_line(help), help);
	free(help);
	return wrong;
}

static char *ask_kvm(json_t **answer, const char *offer)
{
	const char *const argv[] = {offer, "--json", NULL};
	int status;
	char *text = capture(argv, "", MATRIX_SECONDS_MAX, &status), *wrong = NULL;

	*answer = status ? NULL : json_loads(text, 0, NULL);
	if (status && *text)
		wrong = text_format("%.*s", first_line(text), text);
	else if (status)
		wrong = text_format("--matrix: %s --json ended with exit status %d", offer, status);
	else if (!*answer)
		wrong = text_format("--matrix: %s prints no JSON: %.*s", offer, first_line(text), text);
	free(text);
	return wrong;
}

char *matrix_flags_ask(struct matrix_flags *flags, const char *qemu, const char *offer)
{
	struct flag_list known;
	json_t *answer = NULL;
	char *wrong = ask_qemu(&known, qemu);

	*flags = (struct matrix_flags){0};
	if (!wrong)
		wrong = ask_kvm(&answer, offer);
	if (!wrong)
		*flags = flags_compare(&known, answer);
	flags_free(&known);
	json_decref(answer);
	return wrong;
}

void matrix_flags_free(struct matrix_flags *flags)
{
	flags_free(&flags->backed);
	flags_free(&flags->switches);
	flags_free(&flags->left_out);
}
