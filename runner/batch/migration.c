/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/config_keys.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/json_file.h"
#include "runner/common/text.h"
#include "runner/common/unmet.h"

#define GROUP "migrate"
/* Of the results folder; a comparison does not look into it. */
#define FOLDER ".migration"

static bool migrates(const struct batch *batch)
{
	return batch->migrate || batch->migrate_away || batch->migrate_from;
}

void migration_check(struct batch *batch)
{
	if (!migrates(batch))
		return;
	if (batch->migrate + batch->migrate_away + !!batch->migrate_from > 1)
		die("--migrate, --migrate-away and --migrate-from exclude each other");
	if (batch->matrix || batch->series)
		die("a migration goes without --matrix and --series");
	if (batch->migrate && (!strcmp(batch->host, "auto") || !strcmp(batch->host, "local")))
		die("--migrate wants nested hosts, such as --host bookworm,bookworm+6.12; between machines use --migrate-away and --migrate-from");
	if (!batch->choice.name_count && !batch->choice.group)
		batch->choice.group = GROUP;
}

void migration_check_selection(const struct batch *batch, const struct selection *selection)
{
	for (size_t i = 0; migrates(batch) && i < selection->count; i++)
		if (!config_in_group(selection->configs[i], GROUP))
			die("the VM of %s does not migrate: only configurations of the group " GROUP " do",
			    selection->configs[i]->name);
}

static void add_arrival(struct migration *m, const struct config *config, const char *folder,
			const char *source)
{
	char *name = text_format("%s-from-%s", config->name, source);
	struct config *made = config_name_is_valid(name) ? config_add(&m->configs, name, 0) : NULL;

	if (!made)
		die("--migrate-from: the folders' names have to differ, and to be made of A-Z a-z 0-9 . _ + -, unlike %s",
		    source);
	for (enum config_key key = 0; key < CONFIG_KEYS; key++)
		config_set(made, key, config->values[key]);
	made->arrives_from = text_format("%s", folder);
	made->arrives_as = text_format("%s", config->name);
	free(name);
}

static void add_arrivals(struct migration *m, const char *folder, const char *source)
{
	for (size_t i = 0; i < m->named.count; i++)
		add_arrival(m, m->named.configs[i], folder, source);
}

static void add_folders(struct migration *m, const char *list)
{
	char *copy = text_format("%s", list), *rest = copy, *folder;

	while ((folder = strsep(&rest, ","))) {
		size_t length = strlen(folder);
		const char *slash;

		while (length > 1 && folder[length - 1] == '/')
			folder[--length] = '\0';
		slash = strrchr(folder, '/');
		if (!length)
			die("--migrate-from wants folders with commas between them, not \"%s\"", list);
		add_arrivals(m, folder, slash ? slash + 1 : folder);
	}
	free(copy);
}

void migration_expand(struct migration *m, const struct batch *batch, const struct host_list *hosts,
		      struct selection *selection)
{
	if (!batch->migrate && !batch->migrate_from)
		return;
	config_init(&m->configs);
	m->named = *selection;
	for (size_t i = 0; batch->migrate && i < hosts->count; i++)
		add_arrivals(m, "", hosts->hosts[i].name);
	if (batch->migrate_from)
		add_folders(m, batch->migrate_from);
	*selection =
		(struct selection){.configs = alloc_bytes(m->configs.count * sizeof(*selection->configs))};
	while (selection->count < m->configs.count) {
		selection->configs[selection->count] = &m->configs.configs[selection->count];
		selection->count++;
	}
}

/* "input/HOST,input/HOST": nested-host/run copies the folder there. */
static char *name_sources(const struct host_list *hosts)
{
	size_t size;
	char *text;
	FILE *out = alloc_stream(&text, &size);

	for (size_t i = 0; i < hosts->count; i++)
		fprintf(out, "%sinput/%s", i ? "," : "", hosts->hosts[i].name);
	fclose(out);
	return text;
}

static void forget_plans(const struct host_list *hosts)
{
	for (size_t i = 0; i < hosts->count; i++) {
		json_decref(hosts->hosts[i].plan);
		hosts->hosts[i].plan = NULL;
		hosts->hosts[i].finished = false;
	}
}

int migration_leave(struct migration *m, struct host_runs *runs, int *status)
{
	static const char *const away[] = {"--migrate-away", NULL};
	struct host_runs first = *runs;
	struct host_outcome outcome;
	int interrupted;

	m->folder = text_format("%s/" FOLDER, runs->results);
	m->sources = name_sources(runs->hosts);
	first.selection = first.named = &m->named;
	first.results = m->folder;
	first.options = away;
	outcome = host_jobs_run(&first);
	interrupted = outcome.interrupted;
	*status = host_jobs_judge(&first, &outcome, STATUS_NOTHING_VALIDATED);
	host_outcome_free(&outcome);
	forget_plans(runs->hosts);

	m->options[0] = "--migrate-from";
	m->options[1] = m->sources;
	runs->named = &m->named;
	runs->options = m->options;
	runs->input = m->folder;
	return interrupted;
}

char *migration_vm_folder(const char *results, const char *name)
{
	return text_format("%s/%s.vm", results, name);
}

char *migration_refusal(const struct config *config)
{
	char *path = text_format("%s/%s.json", config->arrives_from, config->arrives_as), *wrong = NULL,
	     *refusal = NULL;
	json_t *result = json_file_load(path, &wrong);
	enum unmet_kind kind;
	const char *what;

	if (unmet_from_json(json_object_get(result, "unmet"), &kind, &what) && kind == UNMET_REFUSED)
		refusal = text_format("%s on the old host: %s", unmet_name(kind), what);
	json_decref(result);
	free(wrong);
	free(path);
	return refusal;
}

void migration_free(struct migration *m)
{
	selection_free(&m->named);
	config_free(&m->configs);
	free(m->folder);
	free(m->sources);
}
