/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/told_facts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"
#include "runner/run/qemu_args.h"

/* As in x86/kvm/needs.c: where vCPUs share CPUs, few of them have something to do at any time. */
#define TIME_FACTOR_MAX 8

/* Arguments so far, and those that the configuration has itself. */
struct arguments {
	char *text;
	const char *given;
};

static bool is_given(const char *given, const char *key)
{
	size_t length = strlen(key);

	for (; *given; given += strcspn(given, " ")) {
		given += strspn(given, " ");
		if (!strncmp(given, key, length) && given[length] == '=')
			return true;
	}
	return false;
}

__attribute__((format(printf, 3, 4))) static void tell(struct arguments *a, const char *key, const char *fmt,
						       ...)
{
	char *before = a->text, *value;
	va_list args;

	if (is_given(a->given, key))
		return;
	va_start(args, fmt);
	value = text_vformat(fmt, args);
	va_end(args);
	a->text = text_format("%s %s=%s", before, key, value);
	free(before);
	free(value);
}

static void tell_fact(struct arguments *a, const char *key, enum fact fact)
{
	if (fact != FACT_UNKNOWN)
		tell(a, key, "%s", fact == FACT_ON ? "on" : "off");
}

/* The TSC of vCPUs, and whether KVM's master clock follows the host's. */
static void tell_tsc(struct arguments *a, const struct run_options *o, const struct host_facts *h)
{
	char *wanted = qemu_property(o->args, "cpu", "tsc-frequency"), *end = wanted;
	unsigned long long hz = wanted ? strtoull(wanted, &end, 10) : 0;

	/* Without scaling KVM makes the TSC catch up with the wanted frequency; then there is no pairing. */
	if (!wanted || h->scales_tsc)
		tell_fact(a, "tsc-clock", h->tsc_clock);
	tell_fact(a, "tsc-stable", h->tsc_stable);
	if (wanted && h->scales_tsc && hz >= 1000 && !*end)
		tell(a, "vcpu-tsc-khz", "%llu", hz / 1000);
	else if (!wanted && h->vcpu_tsc_khz)
		tell(a, "vcpu-tsc-khz", "%u", h->vcpu_tsc_khz);
	free(wanted);
}

static void tell_lapic(struct arguments *a, const struct run_options *o)
{
	char *irqchip = qemu_property(o->args, "machine", "kernel-irqchip");

	if (!irqchip)
		irqchip = qemu_property(o->args, "M", "kernel-irqchip");
	tell(a, "lapic", "%s", irqchip && !qemu_truth(irqchip) ? "vmm" : "kernel");
	free(irqchip);
}

/* QEMU sets the CMOS clock to the host's time in UTC, and lets it follow that, unless -rtc says otherwise. */
static void tell_cmos(struct arguments *a, const struct run_options *o)
{
	char *base = qemu_property(o->args, "rtc", "base"), *clock = qemu_property(o->args, "rtc", "clock");

	tell(a, "cmos-clock", "%s",
	     (base && strcmp(base, "utc")) || (clock && strcmp(clock, "host")) ? "other" : "host");
	free(base);
	free(clock);
}

/* Do vCPUs 0 and 1 share one CPU of the host, and vCPU 2 has another? */
static bool is_raced(const struct run_options *o)
{
	const cpu_set_t *sets = o->vcpu_cpus;
	cpu_set_t both;

	if (o->vcpu_cpus_count < 3 || CPU_COUNT(&sets[0]) != 1 || !CPU_EQUAL(&sets[0], &sets[1]))
		return false;
	CPU_AND(&both, &sets[0], &sets[2]);
	return !CPU_COUNT(&both);
}

char *told_facts_make(const struct run_options *o, const struct host_facts *h)
{
	struct arguments a = {.text = text_format("%s", ""), .given = o->append};

	tell_cmos(&a, o);
	if (h->cpus)
		tell(&a, "host-cpus", "%u", h->cpus);
	if (strcmp(o->accel, "kvm"))
		return a.text;
	if (is_raced(o))
		tell(&a, "raced-cpu", "on");
	if (h->kvm_answered)
		tell(&a, "kvm-features", "%#x", h->kvm_features);
	tell_lapic(&a, o);
	tell(&a, "foreign-hypercalls", "replaced"); /* QEMU leaves KVM_X86_QUIRK_FIX_HYPERCALL_INSN on */
	if (qemu_has_cpu_pm(o->args))
		tell(&a, "hlt-exits", "off");
	tell_tsc(&a, o, h);
	tell_fact(&a, "apicv", h->apicv);
	if (h->slew_known)
		tell(&a, "clock-slew-ppm", "%d", h->slew_ppm);
	if (h->doubles_interrupts)
		tell(&a, "doubled-interrupts", "on");
	tell_fact(&a, "host-is-virtual", h->is_virtual);
	return a.text;
}

/* -smp N,... or -smp cpus=N,... */
static unsigned long vcpus(char **args)
{
	const char *smp = qemu_option(args, "smp");
	char *cpus = qemu_property(args, "smp", "cpus");
	unsigned long count = strtoul(cpus ? cpus : smp ? smp : "", NULL, 10);

	free(cpus);
	return count ? count : 1;
}

unsigned int told_time_factor(const struct run_options *o)
{
	unsigned int cpus = host_facts_cpus(o->cpus);
	unsigned long factor = cpus ? (vcpus(o->args) + cpus - 1) / cpus : 1;

	return factor < TIME_FACTOR_MAX ? (unsigned int)factor : TIME_FACTOR_MAX;
}

char *told_facts(const struct run_options *o)
{
	struct host_facts h;

	host_facts_ask(&h, "", strcmp(o->accel, "kvm") ? "" : o->kvm_device, o->cpus);
	return told_facts_make(o, &h);
}
