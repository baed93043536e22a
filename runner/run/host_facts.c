/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/host_facts.h"

#include <cpuid.h>
#include <ctype.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/timex.h>
#include <unistd.h>

#include "runner/common/kvm.h"
#include "runner/common/text.h"

#define CLOCKSOURCES "/sys/devices/system/clocksource/clocksource0/"

/* CPUID: a hypervisor is present; and where it gives its name, in EBX, ECX and EDX. */
#define CPUID_1_ECX_HYPERVISOR	 (1u << 31)
#define CPUID_HYPERVISOR	 0x40000000
#define HYPERVISOR_SIGNATURE_LEN 12

/* adjtimex(): freq is in ppm with 16 bits of fraction, and a tick is nominally 10000 us, 100 times a second. */
#define FREQ_PER_PPM	65536
#define TICK_US		10000
#define PPM_PER_TICK_US 100

/* The first line of @root@path, or NULL. The caller frees it. */
static char *read_line(const char *root, const char *path)
{
	char *name = text_format("%s%s", root, path), *line = NULL;
	FILE *file = fopen(name, "re");
	bool got;
	size_t size = 0;

	free(name);
	if (!file)
		return NULL;
	got = getline(&line, &size, file) > 0;
	fclose(file);
	if (!got) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\n")] = '\0';
	return line;
}

static bool has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = words; at && (at = strstr(at, word)); at += length)
		if ((at == words || isspace((unsigned char)at[-1])) &&
		    (!at[length] || isspace((unsigned char)at[length])))
			return true;
	return false;
}

/* KVM's condition: gtod_is_based_on_tsc() in arch/x86/kvm/x86.c. */
static enum fact tsc_clock(const char *root)
{
	char *name = read_line(root, CLOCKSOURCES "current_clocksource");
	bool on = name && (!strcmp(name, "tsc") || !strcmp(name, "hyperv_clocksource_tsc_page"));
	enum fact fact = !name ? FACT_UNKNOWN : on ? FACT_ON : FACT_OFF;

	free(name);
	return fact;
}

/* The first processor's flags in /proc/cpuinfo, or NULL. The caller frees it. */
static char *cpu_flags(const char *root)
{
	char *path = text_format("%s/proc/cpuinfo", root), *line = NULL;
	FILE *file = fopen(path, "re");
	bool found = false;
	size_t size = 0;

	free(path);
	while (file && !found && getline(&line, &size, file) > 0)
		found = !strncmp(line, "flags", strlen("flags"));
	if (file)
		fclose(file);
	if (found)
		return line;
	free(line);
	return NULL;
}

/* A TSC that was found unstable loses its place among the clocksources. */
static enum fact tsc_stable(const char *root, const char *flags)
{
	char *available = read_line(root, CLOCKSOURCES "available_clocksource");
	enum fact fact = FACT_UNKNOWN;

	if (available && has_word(flags, "tsc"))
		fact = has_word(available, "tsc") ? FACT_ON : FACT_OFF;
	free(available);
	return fact;
}

static enum fact apicv(const char *root)
{
	static const char *const paths[] = {
		"/sys/module/kvm_amd/parameters/avic",
		"/sys/module/kvm_intel/parameters/enable_apicv",
	};
	enum fact fact = FACT_UNKNOWN;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *value = read_line(root, paths[i]);

		if (value)
			fact = *value == 'N' || *value == '0' ? FACT_OFF : FACT_ON;
		free(value);
	}
	return fact;
}

void host_facts_read(struct host_facts *h, const char *root)
{
	char *flags = cpu_flags(root), *cpufreq = text_format("%s/sys/devices/system/cpu/cpu0/cpufreq", root);

	h->tsc_clock = tsc_clock(root);
	h->tsc_stable = tsc_stable(root, flags);
	h->apicv = apicv(root);
	/* KVM then reports the greatest frequency of the governor's, not that of the TSC: kvm_timer_init(). */
	if (!has_word(flags, "constant_tsc") && !access(cpufreq, F_OK))
		h->vcpu_tsc_khz = 0;
	free(cpufreq);
	free(flags);
}

static void ask_kvm(struct host_facts *h, const char *device)
{
	const char *why;
	struct kvm_leaf leaf;
	int kvm = *device ? kvm_open(device, &why) : -1;

	if (kvm < 0)
		return;
	h->kvm_answered = kvm_supported_leaf(kvm, &leaf);
	h->kvm_features = leaf.features;
	h->scales_tsc = ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL) > 0;
	h->vcpu_tsc_khz = kvm_vcpu_tsc_khz(kvm);
	close(kvm);
}

/* An emulator that does not set the bit, as Bochs, is told by nested-host/init. */
static void ask_processor(struct host_facts *h)
{
	const char *told = getenv("KVM_PV_TESTS_HOST_IS_VIRTUAL");
	unsigned int eax, ebx, ecx, edx, signature[3] = {0};

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return;
	h->is_virtual = ecx & CPUID_1_ECX_HYPERVISOR || (told && !strcmp(told, "1")) ? FACT_ON : FACT_OFF;
	if (!(ecx & CPUID_1_ECX_HYPERVISOR))
		return;
	__cpuid(CPUID_HYPERVISOR, eax, signature[0], signature[1], signature[2]);
	h->doubles_interrupts = !memcmp(signature, "TCGTCGTCGTCG", HYPERVISOR_SIGNATURE_LEN);
}

/* While an offset is worked off, the clock's rate changes by the second; then it is not known. */
static void ask_slew(struct host_facts *h)
{
	struct timex clock = {0}, pending = {.modes = ADJ_OFFSET_SS_READ};
	long scaled;

	if (adjtimex(&clock) < 0 || adjtimex(&pending) < 0 || clock.offset || pending.offset)
		return;
	scaled = clock.freq + (clock.tick - TICK_US) * PPM_PER_TICK_US * FREQ_PER_PPM;
	scaled += scaled < 0 ? -(FREQ_PER_PPM - 1) : FREQ_PER_PPM - 1;
	h->slew_ppm = (int)(scaled / FREQ_PER_PPM);
	h->slew_known = true;
}

unsigned int host_facts_cpus(const cpu_set_t *cpus)
{
	cpu_set_t mine;

	if (!cpus && !sched_getaffinity(0, sizeof(mine), &mine))
		cpus = &mine;
	return cpus ? (unsigned int)CPU_COUNT(cpus) : 0;
}

void host_facts_ask(struct host_facts *h, const char *root, const char *kvm_device, const cpu_set_t *cpus)
{
	*h = (struct host_facts){0};
	ask_kvm(h, kvm_device);
	host_facts_read(h, root);
	ask_processor(h);
	ask_slew(h);
	h->cpus = host_facts_cpus(cpus);
}
