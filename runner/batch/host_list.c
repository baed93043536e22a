/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_list.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/capture.h"
#include "runner/batch/child.h"
#include "runner/batch/results_folder.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

#define BUILD_COMMAND "nested-host/build"
#define RUN_COMMAND   "nested-host/run"

#define PROBE_SECONDS 20

/* What run_tests.sh needs to run in a host. */
static char *const files[] = {
	"run_tests.sh",		"unittests.cfg", "build/kvm-pv-tests", "build/kvm-pv-tests.pvh",
	"build/runner/pvbatch", PVRUN_PROGRAM,	 PROBE_PROGRAM,	       OFFER_PROGRAM,
};

#define FILES (sizeof(files) / sizeof(files[0]))

char *kvm_why_not(void)
{
	int status;
	char *text = capture((const char *const[]){PROBE_PROGRAM, NULL}, "", PROBE_SECONDS, &status);

	text[strcspn(text, "\n")] = '\0';
	if (status)
		return *text ? text : text_format("%s ended with exit status %d", PROBE_PROGRAM, status);
	free(text);
	return NULL;
}

static void add_host(struct host_list *list, const char *name, size_t length)
{
	list->hosts = alloc_grow(list->hosts, list->count, sizeof(*list->hosts));
	list->hosts[list->count++] = (struct host){.name = text_format("%.*s", (int)length, name)};
}

/* A bundle has the programs alone. */
static bool can_boot_hosts(void)
{
	return !access(BUILD_COMMAND, X_OK);
}

void host_list_need_tree(const char *option)
{
	if (!can_boot_hosts())
		die("%s is for stock hosts, which only an installed kvm-pv-tests or its source tree can boot: there is no %s here",
		    option, BUILD_COMMAND);
}

static void add_best_host(struct host_list *list, const char *why)
{
	int status;
	char *text;
	size_t length;

	if (!can_boot_hosts())
		die("no usable KVM: %s", why);
	text = child_output((char *[]){BUILD_COMMAND, NULL}, &status);
	length = strcspn(text, "\t\n");

	if (status || !length)
		exit(STATUS_CANNOT_RUN);
	add_host(list, text, length);
	free(text);
}

static void parse_list(struct host_list *list, const char *text)
{
	for (const char *name = text;; name++) {
		size_t length = strcspn(name, ",");

		if (!length)
			die("--host wants names with commas between them, not \"%s\"", text);
		for (size_t i = 0; i < list->count; i++)
			if (strlen(list->hosts[i].name) == length &&
			    !strncmp(list->hosts[i].name, name, length))
				die("--host names %s twice", list->hosts[i].name);
		add_host(list, name, length);
		name += length;
		if (!*name)
			break;
	}
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->hosts[i].name, "local") && list->count > 1)
			die("--host local goes alone");
	if (strcmp(list->hosts[0].name, "local"))
		host_list_need_tree("--host");
}

void host_list_choose(struct host_list *list, const struct batch *batch, struct progress *progress)
{
	char *why;

	*list = (struct host_list){0};
	if (strcmp(batch->host, "auto")) {
		parse_list(list, batch->host);
		if (!strcmp(list->hosts[0].name, "local"))
			host_list_free(list);
		return;
	}
	/* What was saved on this machine is compared with this machine, whether its KVM works or not. */
	if (batch->baseline && folder_has_results(batch->baseline))
		return;
	why = batch->accel ? NULL : kvm_why_not();
	if (!why)
		return;
	add_best_host(list, why);
	progress_say(progress, "No usable KVM here: %s. Running on the nested host %s.", why,
		     list->hosts[0].name);
	free(why);
}

void host_list_check(const struct host_list *list, struct progress *progress)
{
	char **argv = alloc_bytes((list->count + 2) * sizeof(*argv)), *text, *rest, *line;
	int status;

	for (size_t i = 0; i < FILES; i++)
		if (access(files[i], R_OK))
			die("%s is missing: run \"make\"", files[i]);
	argv[0] = BUILD_COMMAND;
	for (size_t i = 0; i < list->count; i++)
		argv[i + 1] = list->hosts[i].name;
	argv[list->count + 1] = NULL;
	rest = text = child_output(argv, &status);
	while ((line = strsep(&rest, "\n")) && *line) {
		char *tab = strchr(line, '\t');

		if (tab)
			*tab = ' ';
		progress_say(progress, "%s", line);
	}
	free(text);
	free(argv);
	if (status)
		exit(STATUS_CANNOT_RUN);
}

void host_list_free(struct host_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->hosts[i].name);
		json_decref(list->hosts[i].plan);
	}
	free(list->hosts);
	*list = (struct host_list){0};
}

struct words {
	char **words;
	size_t count;
};

static void add(struct words *w, const char *word)
{
	w->words = alloc_grow(w->words, w->count, sizeof(*w->words));
	w->words[w->count++] = (char *)(uintptr_t)word;
}

static void add_all(struct words *w, char *const *words)
{
	while (*words)
		add(w, *words++);
}

char **host_command(const struct batch *batch, const struct selection *selection, const char *host,
		    char *const *options, char *const *inner)
{
	struct words w = {0};

	add(&w, RUN_COMMAND);
	add_all(&w, options);
	if (batch->host_kernel) {
		add(&w, "--host-kernel");
		add(&w, batch->host_kernel);
	}
	if (batch->host_modules) {
		add(&w, "--host-modules");
		add(&w, batch->host_modules);
	}
	add(&w, host);
	for (size_t i = 0; i < FILES; i++)
		add(&w, files[i]);
	add(&w, "--");
	add(&w, "env");
	add(&w, "SET_HOST=on");
	add_all(&w, inner);
	if (batch->matrix) {
		add(&w, "--matrix");
		if (batch->choice.all)
			add(&w, "--all");
		if (batch->choice.group) {
			add(&w, "--group");
			add(&w, batch->choice.group);
		}
		add(&w, "--");
		for (size_t i = 0; i < batch->choice.name_count; i++)
			add(&w, batch->choice.names[i]);
	} else {
		add(&w, "--");
		for (size_t i = 0; i < selection->count; i++)
			add(&w, selection->configs[i]->name);
	}
	add(&w, NULL);
	return w.words;
}
