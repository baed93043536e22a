/* SPDX-License-Identifier: BSD-2-Clause */
/* pvrun: one VM, start to verdict. */
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/events.h"
#include "runner/common/exit_status.h"
#include "runner/common/options.h"
#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/verdict_line.h"
#include "runner/run/cold.h"
#include "runner/run/cpulist.h"
#include "runner/run/result_make.h"
#include "runner/run/run.h"
#include "runner/run/told_facts.h"

static const char arguments[] = "[OPTION]... --kernel FILE [-- QEMU-ARGUMENT...]";
static const char purpose[] =
	"Starts one virtual machine with a test kernel, watches it to its end, and judges its report.";
static const char notes[] =
	"QEMU gets -nodefaults -no-user-config -display none -no-reboot, -accel, -kernel, -append, COM1, QMP and\n"
	"isa-debug-exit from pvrun; -machine, -cpu, -smp, -m and so on are yours. The features that the guest sees advertised\n"
	"have to be those that -cpu asks for.\n"
	"\n"
	"Environment: KVM_DEVICE=FILE, the device that is asked what KVM offers (default: /dev/kvm; empty: none).\n"
	"Standard output gets one line: the verdict.\n"
	"Exit status: 0 all that ran passed; 1 something failed; 2 cannot run; 77 nothing was validated; 128 + the number of\n"
	"the signal that ended the run.\n";

static void check_list(const char *option, const char *list)
{
	while (list && *list)
		if (!pv_feature_next(&list))
			errx(STATUS_CANNOT_RUN, "--%s: QEMU has no PV feature \"%.*s\"", option,
			     (int)strcspn(list, ","), list);
}

/*
 * The lists of --vcpu-affinity, and in @cpus all of their CPUs, for what has no list of its own. NULL: there are none.
 * @impossible is set if this host has no CPU of one of them.
 */
static cpu_set_t *parse_vcpu_affinity(const char *lists, struct run_options *o, cpu_set_t *cpus,
				      bool *impossible)
{
	cpu_set_t *sets;

	if (!lists)
		return NULL;
	if (!cpulist_parse_each(lists, &sets, &o->vcpu_cpus_count))
		errx(STATUS_CANNOT_RUN,
		     "--vcpu-affinity wants lists of CPUs with blanks between them, such as \"0 0 1-3\", not \"%s\"",
		     lists);
	CPU_ZERO(cpus);
	for (size_t i = 0; i < o->vcpu_cpus_count; i++) {
		CPU_OR(cpus, cpus, &sets[i]);
		*impossible |= !cpulist_is_possible(&sets[i]);
	}
	o->vcpu_cpus = sets;
	o->cpus = cpus;
	return sets;
}

static void check(const struct run_options *o, const char *affinity, cpu_set_t *cpus)
{
	regex_t refusal;

	if (!o->kernel)
		errx(STATUS_CANNOT_RUN, "--kernel is missing; see pvrun --help");
	if (affinity && !cpulist_parse(affinity, cpus))
		errx(STATUS_CANNOT_RUN, "--affinity wants a list of CPUs such as 0-3,8, not \"%s\"",
		     affinity);
	check_list("features", o->features);
	check_list("absent", o->absent);
	if ((o->migrate_to || o->migrate_from) && !o->channel)
		errx(STATUS_CANNOT_RUN, "--migrate-to and --migrate-from want --channel");
	if (o->migrate_to && o->migrate_from)
		errx(STATUS_CANNOT_RUN, "--migrate-to and --migrate-from exclude each other");
	if (o->may_refuse) {
		if (regcomp(&refusal, o->may_refuse, REG_EXTENDED | REG_NOSUB))
			errx(STATUS_CANNOT_RUN, "--may-refuse wants a regular expression, not \"%s\"",
			     o->may_refuse);
		regfree(&refusal);
	}
}

/* The one line on stdout, whatever happened. */
static int report(json_t *result, struct result_file *file, int signal)
{
	int status = signal ? STATUS_SIGNAL + signal :
			      result_status(result_verdict(result), result_end(result));
	char *line;

	if (file && !result_write(file, result)) {
		json_object_set_new(result, "verdict", json_string(verdict_name(VERDICT_ERROR)));
		json_object_set_new(result, "reason",
				    text_json_format("cannot write the result: %s", strerror(errno)));
		status = STATUS_CANNOT_RUN;
	}
	line = verdict_line(result_string(json_object_get(result, "config"), "name"), VERDICT_LINE_NAME_WIDTH,
			    result);
	text_print(stdout, "%s\n", line);
	free(line);
	return status;
}

/* INT_MAX milliseconds: poll() takes no more. */
static void allow_for_shared_cpus(struct run_options *o)
{
	int64_t factor = told_time_factor(o);

	o->timeout_ms = o->timeout_ms * factor < INT_MAX ? o->timeout_ms * factor : INT_MAX;
	o->silence_ms = o->silence_ms * factor < INT_MAX ? o->silence_ms * factor : INT_MAX;
}

int main(int argc, char **argv)
{
	struct events events = {.fd = -1};
	struct run_options o = {
		.name = "unnamed",
		.qemu = "qemu-system-x86_64",
		.accel = "kvm",
		.append = "",
		.timeout_ms = 90000,
		.console = "virtio",
		.silence_ms = 25000, /* more than any test's budget, of which the guest takes care */
		.events = &events,
	};
	const char *affinity = NULL, *vcpu_affinity = NULL, *result_path = NULL, *skip = NULL, *reason = NULL,
		   *events_to = NULL, *unmet_what;
	enum unmet_kind unmet;
	struct result_file file;
	json_t *result;
	cpu_set_t cpus, *vcpu_cpus;
	struct cold_memory cold;
	char *missing_cpus = NULL;
	bool impossible = false, cold_memory = false;
	int first, signal = 0, status;
	const struct option_row rows[] = {
		{OPTION_STRING, 0, "kernel", "FILE", &o.kernel, "what to boot"},
		{OPTION_STRING, 0, "append", "WORDS", &o.append,
		 "kernel arguments (pvrun adds console=, channel=, cold=, and facts: docs/arguments.md)"},
		{OPTION_STRING, 0, "name", "NAME", &o.name,
		 "of the configuration, for the result (default: unnamed)"},
		{OPTION_STRING, 0, "qemu", "PROGRAM", &o.qemu, "default: qemu-system-x86_64"},
		{OPTION_CHOICE, 0, "accel", "kvm|tcg", &o.accel, "default: kvm"},
		{OPTION_STRING, 0, "features", "LIST", &o.features,
		 "PV features that must be advertised, by QEMU's names: kvmclock,..."},
		{OPTION_STRING, 0, "absent", "LIST", &o.absent, "PV features that must not be advertised"},
		{OPTION_STRING, 0, "may-refuse", "REGEX", &o.may_refuse,
		 "no failure if QEMU does not start and prints a message that matches (as for egrep)"},
		{OPTION_STRING, 0, "affinity", "LIST", &affinity,
		 "host CPUs that the vCPUs may use: 0 or 0-3,8"},
		{OPTION_STRING, 0, "vcpu-affinity", "LISTS", &vcpu_affinity,
		 "such a list for each vCPU, with blanks between them, instead of --affinity; a host without these CPUs is skipped"},
		{OPTION_CHOICE, 0, "console", "virtio|serial", &o.console,
		 "where the guest logs: virtio (default) is fast and needs PCI"},
		{OPTION_SET, 0, "channel", NULL, &o.channel,
		 "do what the guest asks for, such as a pause of the VM: docs/channel.md; adds channel= to the kernel's arguments"},
		{OPTION_STRING, 0, "migrate-to", "FOLDER", &o.migrate_to,
		 "with --channel: where the guest asks to be migrated, write the VM's state to this folder, and end"},
		{OPTION_STRING, 0, "migrate-from", "FOLDER", &o.migrate_from,
		 "with --channel: go on with the VM that another host, with the same QEMU and arguments, has left in this folder"},
		{OPTION_SET, 0, "set-host", NULL, &o.set_host,
		 "with --channel: the guest may have this host's clocksource changed and its CPUs switched off, until the end of the run"},
		{OPTION_SET, 0, "cold-memory", NULL, &cold_memory,
		 "the guest's RAM: 128 MiB of a file system of pvrun's own, that is as slow as a disk; needs /dev/fuse"},
		{OPTION_SECONDS, 0, "timeout", "SECONDS", &o.timeout_ms,
		 "how long the VM may live (default: 90); times N where N vCPUs share a CPU, and up to 8"},
		{OPTION_SECONDS, 0, "silence", "SECONDS", &o.silence_ms,
		 "how long the guest may print nothing; then it gets an NMI, and after the same time again the run ends (default: 25); times N, too"},
		{OPTION_STRING, 0, "log", "FILE", &o.log, "the guest's log and QEMU's messages"},
		{OPTION_STRING, 0, "result", "FILE", &result_path,
		 "the result, as docs/result.schema.json describes it"},
		{OPTION_STRING, 0, "skip", "UNMET", &skip,
		 "run nothing: only write a result that says what is not met, such as \"accel kvm\"; see \"unmet\" in docs/result.schema.json"},
		{OPTION_STRING, 0, "reason", "TEXT", &reason, "with --skip: why it is not met, in words"},
		{OPTION_STRING, 0, "events", "FD", &events_to,
		 "write what happens, as docs/events.md describes it, to this descriptor"},
		{OPTION_SET, 0, "verbose", NULL, &o.verbose, "the log to stderr as well, or to the events"},
		{0},
	};
	const struct program_options options = {
		.name = "pvrun",
		.arguments = arguments,
		.purpose = purpose,
		.rows = rows,
		.notes = notes,
		.words_after_dashes = true,
	};

	first = options_parse(&options, argc, argv);
	o.args = argv + first;
	o.kvm_device = getenv("KVM_DEVICE");
	if (!o.kvm_device)
		o.kvm_device = "/dev/kvm";
	json_set_alloc_funcs(alloc_bytes, free);
	check(&o, affinity, &cpus);
	o.cpus = affinity ? &cpus : NULL;
	if (affinity && vcpu_affinity)
		errx(STATUS_CANNOT_RUN, "--affinity and --vcpu-affinity exclude each other");
	vcpu_cpus = parse_vcpu_affinity(vcpu_affinity, &o, &cpus, &impossible);
	if (impossible && !skip)
		skip = missing_cpus = text_format("host cpus=%s", vcpu_affinity);
	allow_for_shared_cpus(&o);
	if (!skip && cold_memory && (reason = cold_start(&cold)))
		skip = "host fuse";
	else if (!skip && cold_memory)
		o.cold = &cold;
	if (skip && !unmet_parse(skip, &unmet, &unmet_what))
		errx(STATUS_CANNOT_RUN, "--skip wants a kind and what is not met, not \"%s\"", skip);
	if (!skip && access(o.kernel, R_OK))
		err(STATUS_CANNOT_RUN, "cannot read %s", o.kernel);
	if (events_to && !events_open(&events, events_to))
		errx(STATUS_CANNOT_RUN,
		     "--events wants the number of a descriptor that is open for writing, not \"%s\"",
		     events_to);
	if (result_path && !result_open(&file, result_path))
		err(STATUS_CANNOT_RUN, "cannot write %s", result_path);

	events_hello(&events, "pvrun");
	result = skip ? result_make_skipped(&o, unmet, unmet_what, reason) : run_vm(&o, &signal);
	status = report(result, result_path ? &file : NULL, signal);
	events_end(&events, o.name, result);
	events_write(&events, EVENT_DONE, json_pack("{s:i}", "status", status));
	json_decref(result);
	if (o.cold)
		cold_end(o.cold);
	free(vcpu_cpus);
	free(missing_cpus);
	return status;
}
