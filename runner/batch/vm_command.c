/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/vm_command.h"

#include <cpuid.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/capture.h"
#include "runner/batch/host_settings.h"
#include "runner/batch/migration.h"
#include "runner/common/alloc.h"
#include "runner/common/text.h"

#define PROBE_SECONDS 20
#define HYGON_EBX     0x6f677948 /* "Hygo"; not every compiler's cpuid.h has it */

struct words {
	char **words;
	size_t count;
};

static void add(struct words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct words *w, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	w->words = alloc_grow(w->words, w->count, sizeof(*w->words));
	w->words[w->count++] = text_vformat(fmt, args);
	va_end(args);
}

static void add_option(struct words *w, const char *option, const char *value)
{
	if (!value)
		return;
	add(w, "%s", option);
	add(w, "%s", value);
}

/* @text with all of @from replaced by @to; @text is freed. */
static char *replace(char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *made;

	if (!at)
		return text;
	made = text_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	free(text);
	return replace(made, from, to);
}

static char *vcpu_tsc_hz(void)
{
	int status;
	char *text = capture((const char *const[]){PROBE_PROGRAM, "--vcpu-tsc-hz", NULL}, "", PROBE_SECONDS,
			     &status);

	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* A vendor whose processors have the other hypercall instruction: this one's is VMMCALL on AMD and Hygon alone. */
static const char *other_vendor(void)
{
	unsigned int max, ebx = 0, ecx, edx;

	__get_cpuid(0, &max, &ebx, &ecx, &edx);
	return ebx == signature_AMD_ebx || ebx == HYGON_EBX ? "GenuineIntel" : "AuthenticAMD";
}

static bool is_on(const struct config *config, enum config_key key)
{
	const char *value = config_value(config, key);

	return value && !strcmp(value, "on");
}

/* Why a configuration cannot run here, as "KIND WHAT" (lib/unmet.h), or NULL if it can. */
static char *find_unmet(const struct vm_runs *runs, const struct config *config)
{
	const char *accel = config_value(config, CONFIG_ACCEL);
	char *host;

	if (runs->no_kvm)
		return text_format("accel kvm");
	if (accel && !strcmp(accel, "kvm") && !strcmp(runs->accel, "tcg"))
		return text_format("accel kvm");
	host = config->arrives_from ? migration_refusal(config) : NULL;
	if (host)
		return host;
	host = host_settings_unmet(config_value(config, CONFIG_CHECK));
	if (host) {
		char *unmet = text_format("host %s", host);

		free(host);
		return unmet;
	}
	return NULL;
}

static char *qemu_params(const struct config *config, const char *accel, bool runs)
{
	const char *value = config_value(config, CONFIG_QEMU_PARAMS);
	char *params = text_format("%s", value ? value : "");

	if (!strcmp(accel, "tcg"))
		params = replace(params, "-cpu host", "-cpu max");
	params = replace(params, "@OTHER_VENDOR@", other_vendor());
	if (runs && strstr(params, "TSC_HZ@")) {
		char *hz = vcpu_tsc_hz();

		params = replace(replace(params, "@VCPU_TSC_HZ@", hz), "@TSC_HZ@", hz);
		free(hz);
	}
	return params;
}

static void add_qemu_arguments(struct words *w, const struct config *config, const char *accel, bool runs)
{
	char *params = qemu_params(config, accel, runs), *rest = params, *word;

	add(w, "--");
	add_option(w, "-smp", config_value(config, CONFIG_SMP));
	while ((word = strsep(&rest, " \t")))
		if (*word)
			add(w, "%s", word);
	free(params);
}

static void add_migration(struct words *w, const struct vm_runs *runs, const struct config *config)
{
	char *folder = NULL;

	if (config->arrives_from)
		folder = migration_vm_folder(config->arrives_from, config->arrives_as);
	else if (runs->batch->migrate_away)
		folder = migration_vm_folder(runs->results, config->name);
	add_option(w, config->arrives_from ? "--migrate-from" : "--migrate-to", folder);
	free(folder);
}

char **vm_command_make(const struct vm_runs *runs, const struct config *config)
{
	static const struct {
		enum config_key key;
		const char *option;
	} same[] = {
		{CONFIG_AFFINITY, "--affinity"}, {CONFIG_FEATURES, "--features"},
		{CONFIG_ABSENT, "--absent"},	 {CONFIG_MAY_REFUSE, "--may-refuse"},
		{CONFIG_CONSOLE, "--console"},	 {CONFIG_VCPU_AFFINITY, "--vcpu-affinity"},
	};
	const struct batch *batch = runs->batch;
	const char *accel = config_value(config, CONFIG_ACCEL), *append = config_value(config, CONFIG_APPEND);
	char *unmet = find_unmet(runs, config);
	struct words w = {0};

	accel = accel && !strcmp(accel, "tcg") ? accel : runs->accel;
	add(&w, PVRUN_PROGRAM);
	add_option(&w, "--name", config->name);
	add_option(&w, "--qemu", batch->qemu);
	add(&w, "--kernel");
	add(&w, "build/%s", config_value(config, CONFIG_FILE));
	add(&w, "--log");
	add(&w, "%s/%s.log", runs->results, config->name);
	add(&w, "--result");
	add(&w, "%s/%s.json", runs->results, config->name);
	add_option(&w, "--timeout", batch->timeout ? batch->timeout : config_value(config, CONFIG_TIMEOUT));
	add_option(&w, "--accel", accel);
	add(&w, "--append");
	add(&w, "enforce=%s%s%s", is_on(config, CONFIG_ENFORCE) ? "on" : "off", append ? " " : "",
	    append ? append : "");
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		add_option(&w, same[i].option, config_value(config, same[i].key));
	add_option(&w, "--skip", unmet);
	add_option(&w, "--reason", runs->no_kvm);
	if (is_on(config, CONFIG_COLD_MEMORY))
		add(&w, "--cold-memory");
	if (is_on(config, CONFIG_CHANNEL))
		add(&w, "--channel");
	if (is_on(config, CONFIG_CHANNEL) && batch->set_host)
		add(&w, "--set-host");
	add_migration(&w, runs, config);
	if (batch->verbose)
		add(&w, "--verbose");
	add(&w, "--events");
	add(&w, "%d", VM_EVENTS_FD);
	add_qemu_arguments(&w, config, accel, !unmet);
	w.words = alloc_grow(w.words, w.count, sizeof(*w.words));
	w.words[w.count] = NULL;
	free(unmet);
	return w.words;
}

void vm_command_free(char **argv)
{
	for (char **word = argv; *word; word++)
		free(*word);
	free(argv);
}
