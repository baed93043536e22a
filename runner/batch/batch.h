/* SPDX-License-Identifier: BSD-2-Clause */
/* What pvbatch is asked to do: its command line and environment, checked. */
#ifndef RUNNER_BATCH_BATCH_H
#define RUNNER_BATCH_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/batch/select.h"
#include "runner/common/events.h"
#include "runner/soak/goal.h"

/* Programs of ours, from the folder in which unittests.cfg is. */
#define PVRUN_PROGRAM	 "build/runner/pvrun"
#define PVREPORT_PROGRAM "build/runner/pvreport"
#define PROBE_PROGRAM	 "build/runner/kvm-probe"
#define OFFER_PROGRAM	 "build/runner/kvm-pv-features"

struct batch {
	/* The command line */
	struct choice choice;
	bool names_only, list; /* -l, --list: print configurations and run none */
	bool list_hosts; /* --list-hosts */
	bool ktap, verbose, matrix;
	long jobs;
	const char *host; /* --host */
	bool migrate, migrate_away; /* --migrate, --migrate-away */
	const char *migrate_from; /* folders, with commas; or NULL */
	const char *series; /* --series FROM..TO, or NULL */
	bool every; /* of a series, each kernel */
	char *host_kernel, *host_modules; /* absolute; NULL: the host's own */
	char *save, *baseline; /* absolute; NULL: not asked for */
	long judge_cost; /* --judge-cost, in percent; 0: not asked for */
	char *runs; /* --runs: gets a folder for each run; "results", or absolute */
	bool part; /* what the baseline has beyond this run was left out on purpose */
	struct soak_goal goal; /* --repeat, --for, --until-fail */
	struct events events;
	bool events_on_stdout;
	/* The environment */
	char *qemu; /* absolute if it has a slash in it */
	const char *accel; /* "kvm" or "tcg", or NULL: not said */
	const char *timeout; /* seconds, in place of the configurations'; or NULL */
	const char *results; /* RESULTS, or NULL */
	bool set_host;
	long first_repetition; /* its number, where the run outside of this nested host keeps count; else 0 */
	size_t share,
		shares; /* this run is number @share (from 1) of @shares that share out what is selected */
};

/* Prints a line, as the last words of the program, and ends it with STATUS_CANNOT_RUN. */
void die(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Fills @batch and makes the project's folder the working one. Ends the program at mistakes. */
void batch_parse(struct batch *batch, int argc, char **argv);
void batch_free(struct batch *batch);

#endif
