/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/expected.h"

#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runner/common/kvm.h"
#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/qemu_args.h"

#define BITS	  64
#define BIT(n)	  (1ULL << (n))
#define PV_UNHALT BIT(KVM_FEATURE_PV_UNHALT)

static pv_bits_mask mask(uint32_t features, uint32_t hints)
{
	return features | (pv_bits_mask)hints << 32;
}

/* The bits of QEMU's property @name; none if it is no PV feature. */
static pv_bits_mask flag_bits(const char *name)
{
	const struct pv_feature *f = pv_feature_next(&name);

	return f ? mask(f->features, f->hints) : 0;
}

static pv_bits_mask list_bits(const char *list)
{
	const struct pv_feature *f;
	pv_bits_mask bits = 0;

	while (list && *list && (f = pv_feature_next(&list)))
		bits |= mask(f->features, f->hints);
	return bits;
}

/* The bits for which @is returns true. */
static pv_bits_mask bits_that(bool (*is)(const struct pv_bit *bit))
{
	pv_bits_mask bits = 0;

	for (int i = 0; i < pv_bit_count; i++)
		if (is(&pv_bits[i]))
			bits |= BIT(pv_bits[i].bit + (pv_bits[i].hint ? 32 : 0));
	return bits;
}

static bool is_flag(const struct pv_bit *bit)
{
	return pv_bit_flag(bit);
}

static bool is_of_vmm(const struct pv_bit *bit)
{
	return bit->hint || bit->vmm_needs;
}

/* MODEL,FLAG=on,FLAG,+FLAG,-FLAG...: of FLAG=... the last one counts, + overrides these, and - overrides all. */
static void parse_cpu(struct expected *e, const char *cpu)
{
	char *copy = text_format("%s", cpu), *rest = copy, *value;
	pv_bits_mask plus = 0, minus = 0;

	e->model = text_format("%s", strsep(&rest, ","));
	while ((value = strsep(&rest, ","))) {
		char *name = strsep(&value, "="), sign = *name;
		pv_bits_mask bits;

		for (char *c = name; (c = strchr(c, '_'));)
			*c = '-';
		bits = flag_bits(name + (sign == '+' || sign == '-'));
		if (sign == '+') {
			plus |= bits;
		} else if (sign == '-') {
			minus |= bits;
		} else {
			e->on = qemu_truth(value) == 1 ? e->on | bits : e->on & ~bits;
			e->off = qemu_truth(value) == 0 ? e->off | bits : e->off & ~bits;
		}
	}
	e->on = (e->on | plus) & ~minus;
	e->off = (e->off & ~plus) | minus;
	free(copy);
}

static void ask_kvm(struct expected *e, const char *device, bool cpu_pm)
{
	struct kvm_leaf leaf;
	int kvm = kvm_open(device, &e->kvm_problem);

	if (kvm < 0)
		return;
	e->kvm_answered = kvm_supported_leaf(kvm, &leaf);
	if (e->kvm_answered)
		e->kvm = mask(leaf.features, leaf.hints);
	else
		e->kvm_problem = "KVM_GET_SUPPORTED_CPUID failed";
	/*
	 * A vCPU that halts without an exit cannot be kicked. Some hosts let none do that, because a sibling thread
	 * could read its data then (kvm.mitigate_smt_rsb).
	 */
	if (cpu_pm && ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_X86_DISABLE_EXITS) & KVM_X86_DISABLE_EXITS_HLT)
		e->withdrawn = PV_UNHALT;
	close(kvm);
}

void expected_init(struct expected *e, const struct run_options *o)
{
	const char *cpu = qemu_option(o->args, "cpu");

	*e = (struct expected){.judged = !strcmp(o->accel, "kvm")};
	if (!e->judged)
		return;
	if (cpu)
		parse_cpu(e, cpu);
	e->features = list_bits(o->features);
	e->absent = list_bits(o->absent);
	if (*o->kvm_device)
		ask_kvm(e, o->kvm_device, qemu_has_cpu_pm(o->args));
}

json_t *expected_question(const struct expected *e)
{
	return e->model ? json_pack("{s:s, s:{s:o}}", "type", "full", "model", "name", text_json(e->model)) :
			  NULL;
}

void expected_answer(struct expected *e, const json_t *reply, const char *error)
{
	json_t *props = json_object_get(json_object_get(reply, "model"), "props"), *value;
	const char *name;

	if (!json_is_boolean(json_object_get(props, "kvm"))) {
		e->qemu_problem = text_format("%s", error ? error : "its answer is not valid");
		return;
	}
	e->qemu_answered = true;
	e->qemu_shows_leaf = json_is_true(json_object_get(props, "kvm"));
	json_object_foreach(props, name, value) {
		if (json_is_true(value))
			e->qemu_on |= flag_bits(name);
		else
			e->qemu_off |= flag_bits(name);
	}
	/* With migratable=off, QEMU also passes on bits that it has no name for. */
	if (!json_is_false(json_object_get(props, "migratable")))
		e->qemu_off = bits_that(is_flag) & ~e->qemu_on;
}

/* "kvm-pv-ipi (EAX bit 11)"; bits may have no name. The caller frees it. */
static char *describe(int bit)
{
	const char *reg = bit < 32 ? "EAX" : "EDX", *flag = NULL;

	for (int i = 0; i < pv_bit_count && !flag; i++)
		if (pv_bits[i].hint == (bit >= 32) && pv_bits[i].bit == bit % 32)
			flag = pv_bit_flag(&pv_bits[i]);
	return flag ? text_format("%s (%s bit %d)", flag, reg, bit % 32) :
		      text_format("%s bit %d", reg, bit % 32);
}

/* Something that demands some bits, or forbids them. */
struct source {
	pv_bits_mask bits;
	const char *name;
};

/* The names of the sources that have @bit, or NULL if there are none. The caller frees it. */
static char *name_sources(const struct source *sources, int count, int bit)
{
	char *names = NULL;

	for (int i = 0; i < count; i++) {
		char *before = names;

		if (!(sources[i].bits & BIT(bit)))
			continue;
		names = text_format("%s%s%s", before ? before : "", before ? ", " : "", sources[i].name);
		free(before);
	}
	return names;
}

static const char *why_missing(const struct expected *e, int bit)
{
	if (e->withdrawn & BIT(bit))
		return ": KVM withdraws it with -overcommit cpu-pm=on";
	if (bits_that(is_of_vmm) & BIT(bit))
		return ": QEMU does not offer it here";
	if (!e->kvm_answered)
		return "";
	return e->kvm & BIT(bit) ? ", though KVM offers it" : ": KVM does not offer it";
}

static void check_bit(const struct expected *e, int bit, bool advertised, bool leaf, struct ktap_parser *ktap)
{
	char *expansion = text_format("QEMU's expansion of -cpu %s", e->model ? e->model : "");
	pv_bits_mask offered = e->kvm | bits_that(is_of_vmm), kept = leaf ? ~e->withdrawn : 0;
	/* A model may ask for what KVM does not offer; a flag in -cpu must not. */
	const struct source asking[] = {
		{e->features, "the features list"},
		{e->on & kept, "-cpu"},
		{e->qemu_on & ~e->on & offered & kept, expansion},
	};
	const struct source refusing[] = {
		{e->absent, "the absent list"},
		{e->off, "-cpu"},
		{e->withdrawn, "-overcommit cpu-pm=on"},
		{e->qemu_off & ~e->on & ~e->off, expansion},
		{e->kvm_answered ? ~offered : 0, "KVM's offer"},
	};
	char *sources = advertised ? name_sources(refusing, sizeof(refusing) / sizeof(refusing[0]), bit) :
				     name_sources(asking, sizeof(asking) / sizeof(asking[0]), bit);
	char *what = describe(bit);

	if (sources && advertised)
		ktap_parser_error(ktap, "%s is advertised, contrary to %s", what, sources);
	else if (sources)
		ktap_parser_error(ktap, "%s was asked for by %s, but is not advertised%s", what, sources,
				  why_missing(e, bit));
	free(what);
	free(sources);
	free(expansion);
}

static void note_problems(const struct expected *e, struct ktap_parser *ktap)
{
	if (e->model && !e->qemu_answered)
		json_array_append_new(ktap->notes,
				      text_json_format("QEMU did not expand -cpu %s: %s", e->model,
						       e->qemu_problem ? e->qemu_problem :
									 "the VM ended first"));
	if (e->kvm_problem)
		json_array_append_new(ktap->notes,
				      text_json_format("what KVM offers is not known: %s", e->kvm_problem));
}

void expected_check(const struct expected *e, struct ktap_parser *ktap)
{
	pv_bits_mask seen = mask((uint32_t)result_number(ktap->guest, "features"),
				 (uint32_t)result_number(ktap->guest, "hints"));
	bool leaf = result_number(ktap->guest, "base");

	/* Without the header line, what the guest sees is not known. */
	if (!e->judged || json_is_null(json_object_get(ktap->guest, "features")))
		return;
	note_problems(e, ktap);
	if (e->qemu_answered && leaf != e->qemu_shows_leaf)
		ktap_parser_error(
			ktap, "the guest sees %s KVM leaf, contrary to QEMU's expansion of -cpu %s (kvm=%s)",
			leaf ? "a" : "no", e->model, e->qemu_shows_leaf ? "on" : "off");
	for (int bit = 0; bit < BITS; bit++)
		check_bit(e, bit, seen & BIT(bit), leaf, ktap);
}

static json_t *mask_json(bool known, pv_bits_mask bits)
{
	return known ? json_pack("{s:I, s:I}", "features", (json_int_t)(uint32_t)bits, "hints",
				 (json_int_t)(bits >> 32)) :
		       json_null();
}

json_t *expected_json(const struct expected *e)
{
	if (!e->judged)
		return json_null();
	return json_pack("{s:o, s:o}", "qemu", mask_json(e->qemu_answered, e->qemu_on & ~e->withdrawn), "kvm",
			 mask_json(e->kvm_answered, e->kvm));
}

void expected_free(struct expected *e)
{
	free(e->model);
	free(e->qemu_problem);
}
