/* SPDX-License-Identifier: BSD-2-Clause */
/* pvreport: what the results of some runs say, for people and for programs. */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"
#include "runner/report/diff_print.h"
#include "runner/report/report.h"
#include "runner/report/result_set.h"

static const char usage[] =
	"Usage: pvreport [--by-host] [--ktap|--junit|--json] [--baseline FOLDER [--part]] RESULT.json|FOLDER...\n"
	"Prints what failed and why, what was skipped and what would make it run, and the totals, of\n"
	"results and of folders with results: NAME.json and HOST/NAME.json. Several hosts are shown\n"
	"side by side as well.\n"
	"\n"
	"  --by-host  the files that are named here are HOST/NAME.json, too\n"
	"  --ktap     the whole run as KTAP instead: one subtest per configuration\n"
	"  --junit    the same as JUnit's XML, for CI servers\n"
	"  --json     a summary for programs, as docs/report.schema.json has it\n"
	"  --baseline FOLDER\n"
	"             compare with the run that was saved there as well: on stdout, but with another form of\n"
	"             report on stderr. Its one host is compared with the one here, several by their names.\n"
	"             Without results: find out whether anything can be compared with it\n"
	"  --part     do not miss what only the baseline has run\n"
	"  --help\n"
	"\n"
	"Exit status: 0 all that ran passed; 1 something failed; 2 a run could not be made, or has\n"
	"no result; 77 nothing was validated. With --baseline: 0 the same or better; 1 worse; 2 cannot\n"
	"compare.\n";

/* Before anything is printed, so that a mistake costs no time. */
static void load_baseline(struct result_set *set, char *folder)
{
	char *why;

	result_set_load(set, &folder, 1, false);
	why = diff_why_not(set);
	if (!why)
		return;
	text_print(stderr, "pvreport: cannot compare: %s\n", why);
	exit(STATUS_CANNOT_RUN);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"by-host", no_argument, NULL, 'b'},	    {"ktap", no_argument, NULL, 't'},
		{"junit", no_argument, NULL, 'x'},	    {"json", no_argument, NULL, 'j'},
		{"baseline", required_argument, NULL, 'B'}, {"part", no_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},	    {0},
	};
	void (*print)(const struct result_set *) = report_text;
	struct result_set set, before;
	bool by_host = false, part = false;
	char *baseline = NULL;
	int option, status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			by_host = true;
			break;
		case 't':
			print = report_ktap;
			break;
		case 'x':
			print = report_junit;
			break;
		case 'B':
			baseline = optarg;
			break;
		case 'p':
			part = true;
			break;
		case 'j':
			print = report_json;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return STATUS_CANNOT_RUN;
		}
	}
	json_set_alloc_funcs(alloc_bytes, free);
	if (baseline)
		load_baseline(&before, baseline);
	if (optind == argc && baseline) {
		result_set_free(&before);
		return STATUS_PASSED;
	}
	if (optind == argc)
		errx(STATUS_CANNOT_RUN, "no results given; see pvreport --help");
	result_set_load(&set, argv + optind, (size_t)(argc - optind), by_host);
	if (baseline && print == report_json)
		report_json_compared(&set, diff_json(&before, &set, part));
	else
		print(&set);
	status = report_status(&set);
	if (baseline) {
		FILE *out = print == report_text ? stdout : stderr;

		fputc('\n', out);
		status = diff_print(&before, &set, part, out);
		result_set_free(&before);
	}
	result_set_free(&set);
	if (ferror(stdout) || fflush(stdout))
		err(STATUS_CANNOT_RUN, "cannot write the report");
	return status;
}
