/* SPDX-License-Identifier: BSD-2-Clause */
/* pvrun: one VM, start to verdict. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/cold.h"
#include "runner/run/cpulist.h"
#include "runner/run/result_make.h"
#include "runner/run/run.h"

static const char usage[] =
	"Usage: pvrun [OPTION]... --kernel FILE [-- QEMU-ARGUMENT...]\n"
	"Starts one VM with a test kernel, watches it to its end, and judges its report.\n"
	"\n"
	"  --kernel FILE       what to boot\n"
	"  --append WORDS      kernel arguments (pvrun adds epoch=NOW, console=, cold=)\n"
	"  --name NAME         of the configuration, for the result (default: unnamed)\n"
	"  --qemu PROGRAM      default: qemu-system-x86_64\n"
	"  --accel kvm|tcg     default: kvm\n"
	"  --features LIST     PV features that must be advertised, by QEMU's names: kvmclock,...\n"
	"  --absent LIST       PV features that must not be advertised\n"
	"  --may-refuse REGEX  no failure if QEMU does not start and has a message like this\n"
	"  --affinity LIST     host CPUs that the vCPUs may use: 0 or 0-3,8\n"
	"  --console KIND      where the guest logs: virtio (default, fast; needs PCI) or serial\n"
	"  --cold-memory DISK  a block device of 128 MiB or more, whose content is lost: the guest's RAM\n"
	"  --timeout SECONDS   the VM's whole life (default: 90)\n"
	"  --silence SECONDS   without a byte on COM1: an NMI first, then the end (default: 25)\n"
	"  --log FILE          the raw serial output and QEMU's messages\n"
	"  --result FILE       the result, JSON\n"
	"  --skip UNMET        run nothing: only write a result that says what is not met, such as\n"
	"                      \"accel kvm\"; see \"unmet\" in docs/result.schema.json\n"
	"  --verbose           the log to stderr as well\n"
	"  --help\n"
	"\n"
	"QEMU gets -nodefaults -no-user-config -display none -no-reboot, -accel, -kernel,\n"
	"-append, COM1, QMP and isa-debug-exit from pvrun; -machine, -cpu, -smp, -m and so on are yours.\n"
	"What it sees advertised has to be what -cpu asked for.\n"
	"Environment: KVM_DEVICE, which is asked what KVM offers (default: /dev/kvm; empty: nobody is).\n"
	"Standard output gets one line: the verdict.\n"
	"Exit status: 0 all that ran passed; 1 something failed; 2 cannot run; 77 nothing was\n"
	"validated; 128 + the number of the signal that ended the run.\n";

static int64_t parse_seconds(const char *option, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	/* INT_MAX milliseconds: poll() takes no more. */
	if (end == text || *end || !(seconds > 0) || seconds * 1000 > INT_MAX)
		errx(STATUS_CANNOT_RUN, "--%s wants a number of seconds, not \"%s\"", option, text);
	return (int64_t)(seconds * 1000);
}

static void check_list(const char *option, const char *list)
{
	while (list && *list)
		if (!pv_feature_next(&list))
			errx(STATUS_CANNOT_RUN, "--%s: QEMU has no PV feature \"%.*s\"", option,
			     (int)strcspn(list, ","), list);
}

static void check(const struct run_options *o, const char *affinity, cpu_set_t *cpus)
{
	regex_t refusal;

	if (!o->kernel)
		errx(STATUS_CANNOT_RUN, "--kernel is missing; see pvrun --help");
	if (strcmp(o->accel, "kvm") && strcmp(o->accel, "tcg"))
		errx(STATUS_CANNOT_RUN, "--accel wants kvm or tcg, not \"%s\"", o->accel);
	if (strcmp(o->console, "virtio") && strcmp(o->console, "serial"))
		errx(STATUS_CANNOT_RUN, "--console wants virtio or serial, not \"%s\"", o->console);
	if (affinity && !cpulist_parse(affinity, cpus))
		errx(STATUS_CANNOT_RUN, "--affinity wants a list of CPUs such as 0-3,8, not \"%s\"",
		     affinity);
	check_list("features", o->features);
	check_list("absent", o->absent);
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

	if (file && !result_write(file, result)) {
		json_object_set_new(result, "verdict", json_string(verdict_name(VERDICT_ERROR)));
		json_object_set_new(result, "reason",
				    text_json_format("cannot write the result: %s", strerror(errno)));
		status = STATUS_CANNOT_RUN;
	}
	result_print_line(result, stdout);
	return status;
}

int main(int argc, char **argv)
{
	enum {
		NAME = 1,
		QEMU,
		ACCEL,
		TIMEOUT,
		SILENCE,
		AFFINITY,
		CONSOLE,
		COLD_MEMORY,
		FEATURES,
		ABSENT,
		MAY_REFUSE,
		LOG,
		RESULT,
		APPEND,
		KERNEL,
		SKIP,
		VERBOSE,
		HELP
	};
	static const struct option options[] = {
		{"name", required_argument, NULL, NAME},
		{"qemu", required_argument, NULL, QEMU},
		{"accel", required_argument, NULL, ACCEL},
		{"timeout", required_argument, NULL, TIMEOUT},
		{"silence", required_argument, NULL, SILENCE},
		{"affinity", required_argument, NULL, AFFINITY},
		{"console", required_argument, NULL, CONSOLE},
		{"cold-memory", required_argument, NULL, COLD_MEMORY},
		{"features", required_argument, NULL, FEATURES},
		{"absent", required_argument, NULL, ABSENT},
		{"may-refuse", required_argument, NULL, MAY_REFUSE},
		{"log", required_argument, NULL, LOG},
		{"result", required_argument, NULL, RESULT},
		{"append", required_argument, NULL, APPEND},
		{"kernel", required_argument, NULL, KERNEL},
		{"skip", required_argument, NULL, SKIP},
		{"verbose", no_argument, NULL, VERBOSE},
		{"help", no_argument, NULL, HELP},
		{0},
	};
	struct run_options o = {
		.name = "unnamed",
		.qemu = "qemu-system-x86_64",
		.accel = "kvm",
		.append = "",
		.timeout_ms = 90000,
		.console = "virtio",
		.silence_ms = 25000, /* more than any test's budget, of which the guest takes care */
	};
	const char *affinity = NULL, *result_path = NULL, *skip = NULL, *unmet_what;
	enum unmet_kind unmet;
	struct result_file file;
	json_t *result;
	cpu_set_t cpus;
	int option, signal = 0, status;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case NAME:
			o.name = optarg;
			break;
		case QEMU:
			o.qemu = optarg;
			break;
		case ACCEL:
			o.accel = optarg;
			break;
		case TIMEOUT:
			o.timeout_ms = parse_seconds("timeout", optarg);
			break;
		case SILENCE:
			o.silence_ms = parse_seconds("silence", optarg);
			break;
		case AFFINITY:
			affinity = optarg;
			break;
		case CONSOLE:
			o.console = optarg;
			break;
		case COLD_MEMORY:
			o.cold_memory = optarg;
			break;
		case FEATURES:
			o.features = optarg;
			break;
		case ABSENT:
			o.absent = optarg;
			break;
		case MAY_REFUSE:
			o.may_refuse = optarg;
			break;
		case LOG:
			o.log = optarg;
			break;
		case RESULT:
			result_path = optarg;
			break;
		case APPEND:
			o.append = optarg;
			break;
		case KERNEL:
			o.kernel = optarg;
			break;
		case SKIP:
			skip = optarg;
			break;
		case VERBOSE:
			o.verbose = true;
			break;
		case HELP:
			fputs(usage, stdout);
			return 0;
		default:
			return STATUS_CANNOT_RUN;
		}
	}
	/* getopt stops at the first word that is no option; only "--" may make it do so. */
	if (optind < argc && strcmp(argv[optind - 1], "--"))
		errx(STATUS_CANNOT_RUN, "unexpected \"%s\"; QEMU's arguments come after --", argv[optind]);
	o.args = argv + optind;
	o.kvm_device = getenv("KVM_DEVICE");
	if (!o.kvm_device)
		o.kvm_device = "/dev/kvm";
	json_set_alloc_funcs(alloc_bytes, free);
	check(&o, affinity, &cpus);
	o.cpus = affinity ? &cpus : NULL;
	if (skip && !unmet_parse(skip, &unmet, &unmet_what))
		errx(STATUS_CANNOT_RUN, "--skip wants a kind and what is not met, not \"%s\"", skip);
	if (!skip && access(o.kernel, R_OK))
		err(STATUS_CANNOT_RUN, "cannot read %s", o.kernel);
	if (!skip && o.cold_memory)
		cold_prepare(o.cold_memory);
	if (result_path && !result_open(&file, result_path))
		err(STATUS_CANNOT_RUN, "cannot write %s", result_path);

	result = skip ? result_make_skipped(&o, unmet, unmet_what) : run_vm(&o, &signal);
	status = report(result, result_path ? &file : NULL, signal);
	json_decref(result);
	return status;
}
