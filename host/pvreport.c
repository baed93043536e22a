/* SPDX-License-Identifier: BSD-2-Clause */
/* pvreport: what the results of some runs say, for people and for programs. */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"
#include "saved.h"
#include "text.h"

static const char usage[] =
	"Usage: pvreport [--by-host] [--ktap|--junit] RESULT.json|FOLDER...\n"
	"Prints what failed and why, what was skipped and what would make it run, and the totals, of\n"
	"results and of folders with results: NAME.json and HOST/NAME.json. Several hosts are shown\n"
	"side by side as well.\n"
	"\n"
	"  --by-host  the files that are named here are HOST/NAME.json, too\n"
	"  --ktap     the whole run as KTAP instead: one subtest per configuration\n"
	"  --junit    the same as JUnit's XML, for CI servers\n"
	"  --help\n"
	"\n"
	"Exit status: 0 all that ran passed; 1 something failed; 2 a run could not be made, or has\n"
	"no result; 77 nothing was validated.\n";

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"by-host", no_argument, NULL, 'b'},
		{"ktap", no_argument, NULL, 't'},
		{"junit", no_argument, NULL, 'x'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	void (*print)(const struct saved_results *) = report_text;
	enum result_status status;
	struct saved_results set;
	bool by_host = false;
	int option;

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
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			return RESULT_CANNOT_RUN;
		}
	}
	if (optind == argc)
		errx(RESULT_CANNOT_RUN, "no results given; see pvreport --help");
	json_set_alloc_funcs(text_alloc, free);
	saved_load(&set, argv + optind, (size_t)(argc - optind), by_host);
	print(&set);
	status = report_status(&set);
	saved_free(&set);
	if (ferror(stdout) || fflush(stdout))
		err(RESULT_CANNOT_RUN, "cannot write the report");
	return status;
}
