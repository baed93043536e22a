/* SPDX-License-Identifier: BSD-2-Clause */
/* Where configurations run: on this machine's KVM, or on hosts that nested-host/ boots under emulation. */
#ifndef RUNNER_BATCH_HOST_LIST_H
#define RUNNER_BATCH_HOST_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/batch/batch.h"
#include "runner/batch/progress.h"

struct host {
	char *name;
	json_t *plan; /* names of what the run inside it selected, or NULL: it has not said so yet */
	bool finished; /* all its boots have ended, and their results are in one folder */
};

struct host_list {
	struct host *hosts; /* of nested hosts; none: this machine */
	size_t count;
};

/* NULL: KVM works here. Otherwise why it does not; the caller frees it. */
char *kvm_why_not(void);
/* Ends the program where no host can be booted, since the programs are a bundle's. @option: what asks for one. */
void host_list_need_tree(const char *option);
/* Reads --host. "auto" is the nested host that fits best if KVM does not work here, and says so. */
void host_list_choose(struct host_list *list, const struct batch *batch, struct progress *progress);
/* Builds the hosts before anything runs, and says which they are. Ends the program if that fails. */
void host_list_check(const struct host_list *list, struct progress *progress);
void host_list_free(struct host_list *list);

/*
 * The command that boots @host and runs pvbatch there, for child_spec.argv: its first words are followed by @options for
 * nested-host/run and @inner for run_tests.sh, both of which end with NULL. The caller frees the array, not the words.
 */
char **host_command(const struct batch *batch, const struct selection *selection, const char *host,
		    char *const *options, char *const *inner);

#endif
