/* SPDX-License-Identifier: BSD-2-Clause */
/* What pvbatch runs, here or on hosts: run_here.c, run_hosts.c, and what both do. */
#ifndef RUNNER_BATCH_RUN_H
#define RUNNER_BATCH_RUN_H

#include "runner/batch/batch.h"
#include "runner/batch/host_list.h"
#include "runner/batch/matrix.h"
#include "runner/batch/migration.h"
#include "runner/batch/progress.h"
#include "runner/batch/select.h"

struct run {
	struct batch batch;
	struct progress progress;
	struct config_list file; /* unittests.cfg */
	struct matrix matrix; /* with --matrix, on this machine */
	struct selection selection;
	struct migration migration; /* with --migrate and --migrate-from */
	struct host_list hosts;
	char *results;
	const char *accel;
	char *no_kvm; /* why KVM cannot be used, where results have to say that; else NULL */
};

/* Prints a message that is complete, and ends the program: it cannot run. Takes over @message. */
_Noreturn void run_end_with(char *message);
/* What of @list was chosen on the command line. Ends the program where that cannot be. */
void run_select(struct run *r, const struct config_list *list);
/* -l and --list. Ends the program. */
_Noreturn void run_list(const struct run *r);
void run_write_plan(struct run *r);
void run_say_interrupted(struct run *r, size_t ended, size_t total);
/*
 * What follows all jobs, but for the results of hosts. Returns the exit status, which is @status where this is a part of another
 * run; @compared: it is that of a comparison.
 */
int run_finish(struct run *r, int status, bool interrupted, bool *compared);

/* Looks for KVM here, and makes the matrix, if it was asked for. Ends the program where it cannot run, or was to list only. */
void run_here_prepare(struct run *r);
/* Both return the program's exit status. */
int run_here(struct run *r);
int run_on_hosts(struct run *r);
/* -l and --list with --matrix: each host lists its own. Returns the program's exit status. */
int run_list_on_hosts(struct run *r);

#endif
