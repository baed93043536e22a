/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm-pv-features: what this host's KVM offers to guests, straight from /dev/kvm. No VM is made,
 * and QEMU is not asked: what a guest sees at last is a choice out of this.
 */
#include <err.h>
#include <jansson.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "runner/common/exit_status.h"
#include "runner/common/hostinfo.h"
#include "runner/common/kvm.h"
#include "runner/common/options.h"
#include "runner/common/pv_features.h"
#include "runner/common/text.h"

struct capability {
	const char *name;
	int number;
	const char *meaning;
	const char *bits[4]; /* of the value, if it is a mask of few */
};

/* clang-format off */
#define CAPABILITY(name, ...)                                 \
	{                                                     \
		"KVM_CAP_" #name, KVM_CAP_##name, __VA_ARGS__ \
	}
/* clang-format on */

static const struct capability capabilities[] = {
	CAPABILITY(ENFORCE_PV_FEATURE_CPUID, "what is not advertised can be refused", {0}),
	CAPABILITY(ASYNC_PF, "asynchronous page faults", {0}),
	CAPABILITY(ASYNC_PF_INT, "their page-ready events are interrupts", {0}),
	CAPABILITY(KVMCLOCK_CTRL, "guests can learn that they were paused", {0}),
	CAPABILITY(TSC_CONTROL, "a guest's TSC can be scaled", {0}),
	CAPABILITY(SPLIT_IRQCHIP, "local APICs in KVM, all else in the VMM", {0}),
	CAPABILITY(X2APIC_API, "APIC IDs past 255", {"32-bit IDs", "no broadcast quirk"}),
	CAPABILITY(X86_DISABLE_EXITS, "exits that a VMM can turn off", {"MWAIT", "HLT", "PAUSE", "CSTATE"}),
	CAPABILITY(EXIT_HYPERCALL, "mask of hypercalls that a VMM can handle", {0}),
	CAPABILITY(X86_USER_SPACE_MSR, "a VMM can handle MSRs", {0}),
	CAPABILITY(X86_MSR_FILTER, "a VMM can deny MSRs", {0}),
	CAPABILITY(MAX_VCPUS, "vCPUs in a VM", {0}),
	CAPABILITY(MAX_VCPU_ID, "APIC IDs in a VM", {0}),
};

#define CAPABILITIES (sizeof(capabilities) / sizeof(capabilities[0]))

static json_t *number_json(const struct pv_number *number)
{
	return json_pack("{s:s, s:I}", "name", number->name, "number", (json_int_t)number->number);
}

static const char *offered_by(const struct pv_bit *bit, const struct kvm_leaf *leaf, json_t *caps)
{
	if ((bit->hint ? leaf->hints : leaf->features) & 1U << bit->bit)
		return "kvm";
	/* A hint is nothing but a word from the VMM. */
	if (bit->hint || (bit->vmm_needs && json_integer_value(json_object_get(caps, bit->vmm_needs)) > 0))
		return "vmm";
	return NULL;
}

static json_t *bit_json(const struct pv_bit *bit, const struct kvm_leaf *leaf, json_t *caps)
{
	json_t *msrs = json_array(), *hypercalls = json_array();

	for (const struct pv_number *msr = bit->msrs; msr->name; msr++)
		json_array_append_new(msrs, number_json(msr));
	if (bit->hypercall.name)
		json_array_append_new(hypercalls, number_json(&bit->hypercall));
	return json_pack("{s:s, s:s, s:i, s:s?, s:s?, s:s?, s:o, s:o}", "name", bit->name, "register",
			 bit->hint ? "edx" : "eax", "bit", bit->bit, "qemu_flag", pv_bit_flag(bit),
			 "offered_by", offered_by(bit, leaf, caps), "vmm_needs", bit->vmm_needs, "msrs", msrs,
			 "hypercalls", hypercalls);
}

/* A newer KVM may offer what this program does not know. */
static uint32_t unknown_bits(const struct kvm_leaf *leaf)
{
	uint32_t unknown = leaf->features;

	for (int i = 0; i < pv_bit_count; i++)
		if (!pv_bits[i].hint)
			unknown &= ~(1U << pv_bits[i].bit);
	return unknown;
}

static json_t *collect(int kvm)
{
	struct kvm_leaf leaf;
	json_t *bits = json_array(), *caps = json_object();

	if (!kvm_supported_leaf(kvm, &leaf))
		err(STATUS_CANNOT_RUN, "/dev/kvm: KVM_GET_SUPPORTED_CPUID");
	for (size_t i = 0; i < CAPABILITIES; i++) {
		int value = ioctl(kvm, KVM_CHECK_EXTENSION, capabilities[i].number);

		json_object_set_new(caps, capabilities[i].name, json_integer(value));
	}
	for (int i = 0; i < pv_bit_count; i++)
		json_array_append_new(bits, bit_json(&pv_bits[i], &leaf, caps));
	return json_pack("{s:o, s:{s:I, s:I, s:I, s:I, s:I}, s:o, s:o}", "host", hostinfo_collect(), "cpuid",
			 "base", (json_int_t)leaf.base, "max", (json_int_t)leaf.max, "features",
			 (json_int_t)leaf.features, "hints", (json_int_t)leaf.hints, "unknown_features",
			 (json_int_t)unknown_bits(&leaf), "features", bits, "capabilities", caps);
}

static const char *string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static long long integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_host(const json_t *host)
{
	const char *module, *name;
	json_t *parameters, *value;

	text_print(stdout, "Linux %s, %s, on %s\n", string(host, "release"), string(host, "kvm_module"),
		   string(host, "cpu_model"));
	json_object_foreach(json_object_get(host, "kvm_parameters"), module, parameters) {
		text_print(stdout, "%s:", module);
		json_object_foreach(parameters, name, value)
			text_print(stdout, " %s=%s", name, json_string_value(value));
		printf("\n");
	}
}

static void print_numbers(const json_t *numbers, const char *fmt)
{
	const json_t *number;
	size_t i;

	json_array_foreach(numbers, i, number)
		printf(fmt, string(number, "name"), integer(number, "number"));
}

static void print_features(const json_t *report)
{
	const json_t *cpuid = json_object_get(report, "cpuid"), *bit;
	size_t i;

	printf("\nCPUID 0x%08llx: features 0x%08llx, hints 0x%llx\n", integer(cpuid, "base") + 1,
	       integer(cpuid, "features"), integer(cpuid, "hints"));
	printf("   bit  %-22s %-10s  %-20s %s\n", "feature", "offered by", "QEMU's -cpu flag",
	       "MSRs and hypercalls");
	json_array_foreach(json_object_get(report, "features"), i, bit) {
		const json_t *msrs = json_object_get(bit, "msrs");
		const json_t *hypercalls = json_object_get(bit, "hypercalls");

		printf("%s %2lld  %-22s %-10s  %-20s", string(bit, "register"), integer(bit, "bit"),
		       string(bit, "name"), string(bit, "offered_by"), string(bit, "qemu_flag"));
		print_numbers(msrs, " %s 0x%llx");
		print_numbers(hypercalls, " %s %lld");
		puts(json_array_size(msrs) + json_array_size(hypercalls) ? "" : " -");
	}
	if (integer(cpuid, "unknown_features"))
		printf("Bits that this program does not know: 0x%08llx\n",
		       integer(cpuid, "unknown_features"));
}

static void print_capabilities(const json_t *values)
{
	printf("\n%-33s %7s  meaning\n", "capability", "value");
	for (size_t i = 0; i < CAPABILITIES; i++) {
		const struct capability *c = &capabilities[i];
		long long value = integer(values, c->name);

		printf("%-33s %#7llx  %s", c->name, value, c->meaning);
		for (int bit = 0; bit < 4 && c->bits[bit]; bit++)
			printf("%s %s", bit ? "," : ":", value & 1 << bit ? c->bits[bit] : "-");
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	bool json = false;
	const struct option_row rows[] = {
		{OPTION_SET, 0, "json", NULL, &json, "the same, for programs"},
		{0},
	};
	const struct program_options options = {
		.name = "kvm-pv-features",
		.arguments = "[--json]",
		.purpose =
			"Prints what this host's KVM offers to guests: paravirtual features, and the capabilities that decide\n"
			"about them.",
		.rows = rows,
		.notes = "Exit status: 0, or 2 if KVM cannot be asked.\n",
		.no_words = true,
	};
	const char *why;
	json_t *report;
	int kvm;

	options_parse(&options, argc, argv);
	kvm = kvm_open("/dev/kvm", &why);
	if (kvm < 0)
		errx(STATUS_CANNOT_RUN, "/dev/kvm: %s", why);
	report = collect(kvm);
	if (!report)
		errx(STATUS_CANNOT_RUN, "out of memory");
	if (json) {
		json_dumpf(report, stdout, JSON_INDENT(1));
		printf("\n");
	} else {
		print_host(json_object_get(report, "host"));
		print_features(report);
		print_capabilities(json_object_get(report, "capabilities"));
	}
	json_decref(report);
	if (fflush(stdout))
		err(STATUS_CANNOT_RUN, "cannot write");
	return 0;
}
