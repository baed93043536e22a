/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/batch.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/migration.h"
#include "runner/common/exit_status.h"
#include "runner/common/options.h"
#include "runner/common/text.h"

static const char arguments[] = "[OPTION]... [CONFIGURATION]...";
static const char purpose[] =
	"Runs configurations of unittests.cfg, one virtual machine for each: those that are named, or all that are not in\n"
	"the group nodefault. Names may be patterns: 'no-*'.";
static const char notes[] =
	"Environment:\n"
	"  QEMU=PROGRAM        the QEMU under test (default: qemu-system-x86_64)\n"
	"  ACCEL=kvm|tcg       default: KVM where it works\n"
	"  TIMEOUT=SECONDS     for each virtual machine, in place of the configuration's\n"
	"  SET_HOST=on         set the host as a configuration's check= wants, and back at its end, and let tests change its\n"
	"                      clocksource and switch a CPU off; nested hosts always are\n"
	"  RESULTS=FOLDER      where results and logs go, and no summary. Otherwise they go to results/DATE-TIME/, with a\n"
	"                      folder for each nested host; results/latest is the last of them\n"
	"\n"
	"Exit status: 0 all that ran passed; 1 something failed; 2 cannot run; 77 nothing was validated. With --baseline: 0\n"
	"the same or better, 1 worse, 2 cannot compare; the last line begins with SAME, BETTER, WORSE or CANNOT COMPARE.\n"
	"With --repeat, --for and --until-fail: 0 each verdict was the same every time, and none a failure; 1 a test failed, always\n"
	"or at times, or verdicts differ in another way.\n"
	"With --series: 0 nothing got worse from a kernel to the next one, 1 something did, 2 on one of the hosts nothing could run.\n";

void die(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	text_print(stderr, "%s: %s\n", program_invocation_short_name, text);
	exit(STATUS_CANNOT_RUN);
}

static char *absolute(const char *path)
{
	char *here, *all;

	if (!path || *path == '/')
		return path ? text_format("%s", path) : NULL;
	here = getcwd(NULL, 0);
	if (!here)
		die("cannot find the working folder: %s", strerror(errno));
	all = text_format("%s/%s", here, path);
	free(here);
	return all;
}

static bool is_positive(const char *text)
{
	return *text >= '1' && *text <= '9' && strspn(text, "0123456789") == strlen(text) &&
	       strlen(text) < 10;
}

/* An empty variable is like none. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* SHARE=K/N: from the run outside of a nested host that is booted several times over. */
static void parse_share(struct batch *batch)
{
	const char *text = variable("SHARE");
	char end;

	batch->share = batch->shares = 1;
	if (text && (sscanf(text, "%zu/%zu%c", &batch->share, &batch->shares, &end) != 2 || !batch->share ||
		     batch->share > batch->shares))
		die("SHARE is K/N, not \"%s\"", text);
}

/* REPETITION=N: from the run outside of a nested host, which repeats what is left. */
static void parse_repetition(struct batch *batch)
{
	const char *text = variable("REPETITION");

	if (text && !is_positive(text))
		die("REPETITION is a number, not \"%s\"", text);
	batch->first_repetition = text ? atol(text) : 0;
}

static void parse_environment(struct batch *batch)
{
	const char *qemu = variable("QEMU");

	if (!qemu)
		qemu = "qemu-system-x86_64";
	batch->qemu = strchr(qemu, '/') ? absolute(qemu) : text_format("%s", qemu);
	batch->accel = variable("ACCEL");
	batch->timeout = variable("TIMEOUT");
	batch->results = variable("RESULTS");
	batch->set_host = variable("SET_HOST");
	if (batch->timeout && !is_positive(batch->timeout))
		die("TIMEOUT is in seconds, not \"%s\"", batch->timeout);
	if (batch->accel && strcmp(batch->accel, "kvm") && strcmp(batch->accel, "tcg"))
		die("ACCEL is kvm or tcg, not \"%s\"", batch->accel);
	parse_share(batch);
	parse_repetition(batch);
}

void batch_parse(struct batch *batch, int argc, char **argv)
{
	const char *save = NULL, *baseline = NULL, *events = NULL, *tree = NULL, *runs = NULL, *time = NULL;
	const char *kernel = NULL, *modules = NULL;
	const struct option_row rows[] = {
		{OPTION_SET, 'a', "all", NULL, &batch->choice.all,
		 "all configurations, those of the group nodefault too"},
		{OPTION_STRING, 'g', "group", "GROUP", &batch->choice.group,
		 "the configurations of one group"},
		{OPTION_SET, 0, "matrix", NULL, &batch->matrix,
		 "not those of unittests.cfg, but all that follow from the PV flags that QEMU and KVM know: without-FLAG, only-FLAG, each also NAME-enforced, and pairs of all else (groups without, only, enforced, pair)"},
		{OPTION_SET, 'l', "names", NULL, &batch->names_only, "list the configurations and run none"},
		{OPTION_SET, 0, "list", NULL, &batch->list, "the same, with QEMU's arguments"},
		{OPTION_COUNT, 'j', "jobs", "N", &batch->jobs,
		 "N virtual machines at a time. Emulation takes a CPU for each host: there it is N hosts at a time, and more jobs than hosts boot a host several times and share its configurations out"},
		{OPTION_SET, 't', "ktap", NULL, &batch->ktap,
		 "print the whole run as KTAP; progress goes to stderr"},
		{OPTION_SET, 'v', "verbose", NULL, &batch->verbose,
		 "show the guests' logs as they come, and where the time goes, on stderr"},
		{OPTION_STRING, 0, "host", "HOST[,HOST]...", &batch->host,
		 "where to run: local, this machine's KVM; or a stock host that is booted under emulation, by its Debian release (bullseye, bookworm, trixie, sid), perhaps with another kernel (trixie+6.18.5) or machine (trixie-no-hpet), see --list-hosts. Several are shown side by side. Default: auto, which is local where KVM works, else the release that fits best"},
		{OPTION_SET, 0, "list-hosts", NULL, &batch->list_hosts,
		 "list the names of stock hosts: releases, kernels, kinds of machines, and what of them is in the cache"},
		{OPTION_STRING, 0, "host-kernel", "VMLINUZ", &kernel,
		 "a kernel of your own for that host, and"},
		{OPTION_STRING, 0, "host-modules", "FOLDER", &modules, "its modules"},
		{OPTION_SET, 0, "migrate", NULL, &batch->migrate,
		 "migrate a VM from each host of --host to each, and test what it finds there: configurations of the group migrate, as NAME-from-SOURCE on each destination"},
		{OPTION_SET, 0, "migrate-away", NULL, &batch->migrate_away,
		 "the first half of that, on this machine: the VMs are left in the folder of the results, for"},
		{OPTION_STRING, 0, "migrate-from", "FOLDER[,FOLDER]...", &batch->migrate_from,
		 "the second half: go on with the VMs of those folders, which come from other machines with the same QEMU"},
		{OPTION_STRING, 0, "series", "FROM..TO", &batch->series,
		 "run every packaged kernel between these two versions, 6.12..7.3, on the hosts of --host, and say which release changed what: first the ends of each stable series, then halves where the two sides differ. What lies between two that agree is taken as unchanged. In results/series/, or the folder of --save, which may hold an earlier part: an interrupted series goes on where it stopped"},
		{OPTION_SET, 0, "every", NULL, &batch->every,
		 "of a series, run each kernel, whether its neighbours differ or not"},
		{OPTION_COUNT, 0, "repeat", "N", &batch->goal.repetitions,
		 "run all that is selected N times over, and say how often each verdict came that is not always the same. On a nested host that is one boot, and another one only where the host died. Logs are kept of runs that differ, and the first of each kind"},
		{OPTION_STRING, 0, "for", "TIME", &time,
		 "the same for so long: 30s, 20m, 8h, 2d, by the clock of the host; the last repetition that begins in that time ends. With --repeat, whichever is over first"},
		{OPTION_SET, 0, "until-fail", NULL, &batch->goal.until_fail,
		 "the same, up to the first repetition in which something fails that passed in the first one, or the other way round: what fails every time does not stop it. Of several hosts each stops by itself"},
		{OPTION_STRING, 0, "runs", "FOLDER", &runs,
		 "where each run gets a folder of its own (default: results/, beside unittests.cfg)"},
		{OPTION_STRING, 0, "save", "FOLDER", &save,
		 "keep this run there, in a folder that is new or empty: results, logs, kernel messages"},
		{OPTION_STRING, 0, "baseline", "FOLDER", &baseline,
		 "compare with the run that was saved there (results/latest will do): what has regressed, what was fixed, what is not checked any more, and what is different about the hosts. One host is compared with the other, several by their names; names and -g limit the comparison, too"},
		{OPTION_COUNT, 0, "judge-cost", "PERCENT", &batch->judge_cost,
		 "with --baseline: an operation that takes so much more or less time is worse or better, where both runs were on hardware. Exits that it takes are always compared"},
		{OPTION_STRING, 0, "events", "FD", &events,
		 "write what happens, as docs/events.md describes it, to this descriptor; \"-\" is standard output, which then has nothing else"},
		{OPTION_STRING, 0, "tree", "FOLDER", &tree,
		 "where unittests.cfg and build/ are (default: here)"},
		{0},
	};
	const struct program_options options = {
		.name = program_invocation_short_name,
		.arguments = arguments,
		.purpose = purpose,
		.rows = rows,
		.notes = notes,
	};
	int first;

	*batch = (struct batch){.jobs = 1, .host = "auto", .events = {.fd = -1}};
	first = options_parse(&options, argc, argv);
	batch->choice.names = argv + first;
	batch->choice.name_count = (size_t)(argc - first);
	/* What is not run because nothing has named it is not missed; but everything else is. */
	batch->part = batch->choice.name_count || (batch->choice.group && !batch->choice.all);
	if (time && !goal_parse_time(time, &batch->goal.ms))
		die("--for wants a time such as 30s, 20m, 8h or 2d, of at most %d days, not \"%s\"",
		    GOAL_DAYS_MAX, time);
	if (batch->choice.all)
		batch->choice.group = NULL;
	migration_check(batch);
	batch->events_on_stdout = events && !strcmp(events, "-");
	if (events && !events_open(&batch->events, events))
		die("--events wants the number of a descriptor that is open for writing, or -, not \"%s\"",
		    events);
	parse_environment(batch);
	batch->host_kernel = absolute(kernel);
	batch->host_modules = absolute(modules);
	batch->save = absolute(save);
	batch->baseline = absolute(baseline);
	batch->runs = runs ? absolute(runs) : text_format("results");
	if (tree && chdir(tree))
		die("cannot go to %s: %s", tree, strerror(errno));
}

void batch_free(struct batch *batch)
{
	free(batch->qemu);
	free(batch->host_kernel);
	free(batch->host_modules);
	free(batch->save);
	free(batch->baseline);
	free(batch->runs);
}
