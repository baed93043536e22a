/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Migration between hosts: with --migrate, all hosts are booted once, where the VMs leave, and once more, where all VMs arrive.
 * With --migrate-away and --migrate-from, the two halves of that on one host each. docs/migration.md.
 */
#ifndef RUNNER_BATCH_MIGRATION_H
#define RUNNER_BATCH_MIGRATION_H

#include "runner/batch/batch.h"
#include "runner/batch/host_jobs.h"

struct migration {
	struct config_list configs; /* NAME-from-SOURCE */
	struct selection named; /* what was selected: NAME */
	char *folder,
		*sources; /* with --migrate: where VMs leave to, and the value of --migrate-from in hosts */
	const char *options[3]; /* for the runs in hosts */
};

/* Ends the program where options contradict each other. Without -g and names, the group migrate is what runs. */
void migration_check(struct batch *batch);
/* Ends the program where a configuration is none whose VM can move. */
void migration_check_selection(const struct batch *batch, const struct selection *selection);

/*
 * Replaces @selection by what arrives: from the folders of --migrate-from, or from each of @hosts. @selection is kept in
 * @migration->named.
 */
void migration_expand(struct migration *m, const struct batch *batch, const struct host_list *hosts,
		      struct selection *selection);

/*
 * With --migrate: runs the first half on all hosts, and makes @runs, whose results folder is that of the run, the second. Returns
 * the signal that interrupted it, or 0. *@status: as of host_jobs_judge().
 */
int migration_leave(struct migration *m, struct host_runs *runs, int *status);

/* The folder where a configuration's VM leaves to, or comes from, in a folder of results. The caller frees it. */
char *migration_vm_folder(const char *results, const char *name);

/*
 * Where the host of @config->arrives_from refused to start the VM: why, for pvrun --skip. NULL: it did not. The caller frees it.
 */
char *migration_refusal(const struct config *config);

void migration_free(struct migration *m);

#endif
