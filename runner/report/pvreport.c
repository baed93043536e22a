/* SPDX-License-Identifier: BSD-2-Clause */
/* pvreport: what the results of some runs say, for people and for programs. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/options.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_report.h"
#include "runner/report/diff_print.h"
#include "runner/report/report.h"
#include "runner/report/report_form.h"
#include "runner/report/result_set.h"
#include "runner/report/series_report.h"
#include "runner/soak/soak_report.h"

static const char arguments[] = "[OPTION]... RESULT.json|FOLDER...";
static const char purpose[] =
	"Prints what failed and why, what was skipped and what would make it run, and the totals, of results and of folders\n"
	"with results: NAME.json and HOST/NAME.json. Several hosts are shown side by side as well.";
static const char notes[] =
	"Exit status: 0 all that ran passed; 1 something failed; 2 a run could not be made, or has no result; 77 nothing was\n"
	"validated. With --baseline: 0 the same or better; 1 worse; 2 cannot compare. With --series: 0 nothing got worse from one\n"
	"kernel to the next; 1 something did; 2 on one of the hosts nothing could run. With --fleet: as without, over all hosts;\n"
	"2 as well if a host has no result. With --soak: 0 each verdict was the same every time, and none a failure; 1 a test\n"
	"failed, always or at times, or verdicts differ in another way.\n";

/* Before anything is printed, so that a mistake costs no time. */
static void load_baseline(struct result_set *set, const char *folder)
{
	char *copy = text_format("%s", folder), *why;

	result_set_load(set, &copy, 1, false);
	free(copy);
	why = diff_why_not(set);
	if (!why)
		return;
	text_print(stderr, "pvreport: cannot compare: %s\n", why);
	exit(STATUS_CANNOT_RUN);
}

static int report_series(char *const *folders, size_t count, bool json)
{
	struct series_set set;
	char *why = series_load(&set, folders, count);
	json_t *document;
	int status;

	if (why) {
		text_print(stderr, "pvreport: %s\n", why);
		return STATUS_CANNOT_RUN;
	}
	document = series_json(&set);
	if (json)
		json_dumpf(document, stdout, JSON_INDENT(1));
	else
		series_print(document, stdout);
	if (json)
		putchar('\n');
	status = (int)result_number(document, "status");
	json_decref(document);
	series_free(&set);
	if (ferror(stdout) || fflush(stdout))
		err(STATUS_CANNOT_RUN, "cannot write the report");
	return status;
}

static int report_soak(char *const *paths, size_t count, bool json)
{
	struct soak_set set;
	char *why = soak_load(&set, paths, count);
	json_t *report;
	int status;

	if (why) {
		text_print(stderr, "pvreport: %s\n", why);
		return STATUS_CANNOT_RUN;
	}
	report = soak_report(&set);
	if (json)
		json_dumpf(report, stdout, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	else
		soak_print(report, stdout);
	if (json)
		putchar('\n');
	status = (int)result_number(report, "status");
	json_decref(report);
	soak_free(&set);
	if (ferror(stdout) || fflush(stdout))
		err(STATUS_CANNOT_RUN, "cannot write the report");
	return status;
}

int main(int argc, char **argv)
{
	bool by_host = false, verbose = false, ktap = false, junit = false, json = false, html = false,
	     markdown = false, series = false, sarif = false, annotations = false, codequality = false,
	     lava = false, soak = false;
	struct diff_terms terms = {0};
	const char *baseline = NULL, *files = NULL, *kcidb = NULL, *fleet = NULL;
	const struct option_row rows[] = {
		{OPTION_SET, 0, "by-host", NULL, &by_host,
		 "the files that are named here are HOST/NAME.json, too"},
		{OPTION_SET, 'v', "verbose", NULL, &verbose,
		 "cut nothing short: all names, rows and reasons, however many"},
		{OPTION_SET, 0, "ktap", NULL, &ktap,
		 "the whole run as KTAP instead: one subtest per configuration"},
		{OPTION_SET, 0, "junit", NULL, &junit, "the same as JUnit's XML, for CI servers"},
		{OPTION_SET, 0, "json", NULL, &json,
		 "a summary for programs, as docs/report.schema.json has it"},
		{OPTION_SET, 0, "html", NULL, &html,
		 "a page for browsers: one file that loads nothing, with filters whose state is in its address"},
		{OPTION_SET, 0, "markdown", NULL, &markdown,
		 "a summary in GitHub's Markdown, for the pages of CI jobs"},
		{OPTION_SET, 0, "sarif", NULL, &sarif,
		 "why tests failed as SARIF 2.1.0, for GitHub's code scanning (docs/ci.md has this and the next ones)"},
		{OPTION_SET, 0, "annotations", NULL, &annotations,
		 "the same as GitHub's workflow commands, which its log shows at the failing check"},
		{OPTION_SET, 0, "codequality", NULL, &codequality,
		 "the same as GitLab's Code Quality report"},
		{OPTION_SET, 0, "lava", NULL, &lava, "all tests as signals for LAVA"},
		{OPTION_STRING, 0, "kcidb", "BUILD", &kcidb,
		 "all tests for KernelCI's database (KCIDB 5.0), of the build with this id, ORIGIN:ID"},
		{OPTION_STRING, 0, "files", "FOLDER", &files,
		 "leave junit.xml, report.json and report.html in this folder as well"},
		{OPTION_STRING, 0, "baseline", "FOLDER", &baseline,
		 "compare with the run that was saved there as well: on stdout, but with another form of report on stderr. Its one host is compared with the one here, several by their names. Without results: find out whether anything can be compared with it"},
		{OPTION_SET, 0, "series", NULL, &series,
		 "the folders are those of series of kernels, of run_tests.sh --series: print what changed, and between which two kernels; with --json as docs/series.schema.json has it"},
		{OPTION_STRING, 0, "fleet", "FOLDER", &fleet,
		 "report on many hosts instead, each with its own report in FOLDER/HOST.json, of pvreport --json; FOLDER/fleet.jsonl lists those without one (docs/fleet-report.md). As text, with --json as docs/fleet.schema.json has it, or with --html; --baseline is such a folder, too"},
		{OPTION_SET, 0, "soak", NULL, &soak,
		 "the folders have runs with repetitions, of run_tests.sh --repeat, --for or --until-fail: print what was not the same every time, and how often; with --json as docs/soak-report.schema.json has it"},
		{OPTION_SET, 0, "part", NULL, &terms.part, "do not miss what only the baseline has run"},
		{OPTION_COUNT, 0, "judge-cost", "PERCENT", &terms.judge_cost,
		 "an operation whose median of cycles has changed by more makes it worse or better, where both runs were on hardware; exits are always compared"},
		{0},
	};
	const struct program_options options = {
		.name = "pvreport",
		.arguments = arguments,
		.purpose = purpose,
		.rows = rows,
		.notes = notes,
	};
	struct report_subject subject;
	struct result_set set, before;
	int first = options_parse(&options, argc, argv), status;
	bool written = true;
	char *reports = NULL;
	enum report_form form = html	    ? REPORT_HTML :
				markdown    ? REPORT_MARKDOWN :
				json	    ? REPORT_JSON :
				junit	    ? REPORT_JUNIT :
				ktap	    ? REPORT_KTAP :
				sarif	    ? REPORT_SARIF :
				annotations ? REPORT_ANNOTATIONS :
				codequality ? REPORT_CODEQUALITY :
				lava	    ? REPORT_LAVA :
				kcidb	    ? REPORT_KCIDB :
					      REPORT_TEXT;

	json_set_alloc_funcs(alloc_bytes, free);
	if ((series || soak) && (baseline || terms.part || terms.judge_cost || by_host || verbose || ktap ||
				 junit || html || markdown || sarif || annotations || codequality || lava ||
				 kcidb || files || fleet || (series && soak)))
		errx(STATUS_CANNOT_RUN, "--%s goes with --json alone; see pvreport --help",
		     soak ? "soak" : "series");
	if (fleet && (series || soak || by_host || files || terms.part || terms.judge_cost || first < argc ||
		      (form != REPORT_TEXT && form != REPORT_JSON && form != REPORT_HTML)))
		errx(STATUS_CANNOT_RUN,
		     "--fleet FOLDER goes with --json, --html, --verbose and --baseline alone; see pvreport --help");
	if (fleet)
		return fleet_report(&(struct fleet_subject){fleet, baseline, verbose}, form);
	if (soak && first < argc)
		return report_soak(argv + first, (size_t)(argc - first), json);
	if (series && first < argc)
		return report_series(argv + first, (size_t)(argc - first), json);
	if (kcidb && !report_kcidb_knows(kcidb))
		errx(STATUS_CANNOT_RUN,
		     "--kcidb: \"%s\" is no id of a build: ORIGIN:ID, with a-z, 0-9 and _ in ORIGIN", kcidb);
	if (baseline)
		load_baseline(&before, baseline);
	if (first == argc && baseline) {
		result_set_free(&before);
		return STATUS_PASSED;
	}
	if (first == argc)
		errx(STATUS_CANNOT_RUN, "no results given; see pvreport --help");
	result_set_load(&set, argv + first, (size_t)(argc - first), by_host);
	if (!set.count)
		errx(STATUS_CANNOT_RUN, "no results given, but a run's report; see pvreport --help");
	subject = (struct report_subject){
		.now = &set,
		.before = baseline ? &before : NULL,
		.terms = &terms,
		.verbose = verbose,
		.build = kcidb,
	};
	if (files)
		subject.files = reports = report_files_write(&subject, files, &written);
	report_print(&subject, form);
	free(reports);
	status = report_status(&set);
	if (baseline) {
		FILE *out = form == REPORT_TEXT ? stdout : stderr;

		fputc('\n', out);
		status = diff_print(&before, &set, &terms, out);
		result_set_free(&before);
	}
	if (!written && status != STATUS_FAILED)
		status = STATUS_CANNOT_RUN;
	result_set_free(&set);
	if (ferror(stdout) || fflush(stdout))
		err(STATUS_CANNOT_RUN, "cannot write the report");
	return status;
}
