/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/all_cpus.h"
#include "runner/common/alloc.h"
#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet.h"

#define LIST_FILE "fleet.jsonl"
#define SUFFIX	  ".json"

const char *const fleet_ends[] = {"unreachable",     "full",	   "timeout",
				  "killed",	     "cannot-run", FLEET_END_NO_REPORT,
				  FLEET_END_DAMAGED, NULL};

struct loader {
	struct fleet *fleet;
	json_t *outcome_numbers, *platform_numbers; /* key -> number */
	size_t next; /* to load; atomic */
	pthread_mutex_t lock; /* of all of this but @next */
};

static struct fleet_host *add_host(struct fleet *fleet, json_t *numbers, const char *name)
{
	struct fleet_host *host;

	fleet->hosts = alloc_grow(fleet->hosts, fleet->count, sizeof(*fleet->hosts));
	host = &fleet->hosts[fleet->count];
	*host = (struct fleet_host){
		.name = text_printable(name, strlen(name)),
		.outcome = FLEET_NONE,
		.platform = FLEET_NONE,
	};
	json_object_set_new(numbers, host->name, json_integer((json_int_t)fleet->count++));
	return host;
}

static bool is_report_name(const char *name)
{
	size_t length = strlen(name), end = strlen(SUFFIX);

	return *name != '.' && length > end && !strcmp(name + length - end, SUFFIX);
}

static int is_report(const struct dirent *entry)
{
	return is_report_name(entry->d_name);
}

/* False, with errno: there is no such folder. */
static bool add_reports(struct fleet *fleet, json_t *numbers, const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_report, versionsort);

	for (int i = 0; i < count; i++) {
		const char *file = entries[i]->d_name;
		char *name = text_copy(file, strlen(file) - strlen(SUFFIX));

		add_host(fleet, numbers, name)->path = text_format("%s/%s", folder, file);
		free(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count >= 0;
}

static void add_problem(struct fleet *fleet, json_t *problem)
{
	json_array_append_new(fleet->problems, problem);
}

/* The last line about a host counts: it has been tried again. */
static void take_line(struct fleet *fleet, json_t *numbers, const json_t *line)
{
	const char *name = result_string(line, "host"), *end = result_string(line, "end"),
		   *message = result_string(line, "message");
	char *printable = text_printable(name, strlen(name));
	const json_t *number = json_object_get(numbers, printable);
	struct fleet_host *host;
	size_t kind = 0;

	if (!*name) {
		add_problem(fleet, text_json_format("%s: a line without a host", LIST_FILE));
		free(printable);
		return;
	}
	host = number ? &fleet->hosts[json_integer_value(number)] : add_host(fleet, numbers, name);
	free(printable);
	free(host->message);
	host->message = *message ? text_format("%s", message) : NULL;
	while (fleet_ends[kind] && strcmp(fleet_ends[kind], end) != 0)
		kind++;
	host->end = fleet_ends[kind];
	if (!host->end && strcmp(end, "done") != 0)
		add_problem(fleet, text_json_format("%s: %s ended in a way that is not known here: \"%s\"",
						    LIST_FILE, host->name, end));
}

static void take_list(struct fleet *fleet, json_t *numbers, const char *folder)
{
	char *path = text_format("%s/%s", folder, LIST_FILE);
	size_t bad, i;
	const json_t *line;
	json_t *lines;

	if (!access(path, F_OK)) {
		lines = json_file_load_lines(path, &bad);
		json_array_foreach(lines, i, line)
			take_line(fleet, numbers, line);
		if (bad)
			add_problem(fleet, text_json_format("%s: damaged lines, which are left out: %zu",
							    LIST_FILE, bad));
		else if (!json_array_size(lines))
			add_problem(fleet, text_json_format("%s is empty, or cannot be read", LIST_FILE));
		json_decref(lines);
	}
	free(path);
}

static size_t number_of(json_t *numbers, const char *key, json_t *all, json_t *value)
{
	const json_t *number = json_object_get(numbers, key);

	if (number)
		return (size_t)json_integer_value(number);
	json_object_set_new(numbers, key, json_integer((json_int_t)json_array_size(all)));
	json_array_append(all, value);
	return json_array_size(all) - 1;
}

/* Of hosts with the same outcome the first one's messages are shown, whichever thread was faster. */
static void keep_first(struct loader *loader, const struct fleet_host *host, json_t *outcome)
{
	json_t *known = json_array_get(loader->fleet->outcomes, host->outcome);
	json_int_t first = host - loader->fleet->hosts;

	json_object_set_new(outcome, "first", json_integer(first));
	if (result_number(known, "first") > first)
		json_array_set(loader->fleet->outcomes, host->outcome, outcome);
}

static void take_report(struct loader *loader, struct fleet_host *host, const json_t *report)
{
	char *why, *key, *platform_key;
	json_t *outcome = fleet_outcome_make(report, &why), *facts;

	if (!outcome) {
		host->end = FLEET_END_DAMAGED;
		free(host->message);
		host->message = why;
		return;
	}
	host->end = NULL;
	key = fleet_outcome_key(outcome);
	facts = fleet_facts_make(report);
	platform_key = json_dumps(facts, JSON_COMPACT | JSON_SORT_KEYS);
	pthread_mutex_lock(&loader->lock);
	host->outcome = number_of(loader->outcome_numbers, key, loader->fleet->outcomes, outcome);
	keep_first(loader, host, outcome);
	host->platform = number_of(loader->platform_numbers, platform_key, loader->fleet->platforms, facts);
	pthread_mutex_unlock(&loader->lock);
	json_decref(outcome);
	json_decref(facts);
	free(platform_key);
	free(key);
}

/* What did not end by itself has left the report of a part, or of an earlier run. */
static bool is_report_wanted(const struct fleet_host *host)
{
	return !host->end || !strcmp(host->end, "cannot-run");
}

static void load_host(struct loader *loader, struct fleet_host *host)
{
	char *why = NULL;
	json_t *report;

	if (!is_report_wanted(host))
		return;
	if (!host->path) {
		host->end = host->end ? host->end : FLEET_END_NO_REPORT;
		return;
	}
	report = json_file_load(host->path, &why);
	if (report) {
		take_report(loader, host, report);
	} else {
		host->end = FLEET_END_DAMAGED;
		free(host->message);
		host->message = why;
	}
	json_decref(report);
}

static void *load_all(void *argument)
{
	struct loader *loader = argument;
	size_t i;

	while ((i = __atomic_fetch_add(&loader->next, 1, __ATOMIC_RELAXED)) < loader->fleet->count)
		load_host(loader, &loader->fleet->hosts[i]);
	return NULL;
}

static void load_reports(struct fleet *fleet)
{
	struct loader loader = {
		.fleet = fleet,
		.outcome_numbers = json_object(),
		.platform_numbers = json_object(),
	};

	pthread_mutex_init(&loader.lock, NULL);
	all_cpus_run(load_all, &loader);
	pthread_mutex_destroy(&loader.lock);
	json_decref(loader.outcome_numbers);
	json_decref(loader.platform_numbers);
}

char *fleet_load(struct fleet *fleet, const char *folder)
{
	json_t *numbers = json_object(); /* name -> number of the host */
	char *why = NULL;

	*fleet = (struct fleet){
		.outcomes = json_array(),
		.platforms = json_array(),
		.problems = json_array(),
	};
	if (!add_reports(fleet, numbers, folder))
		why = text_format("cannot read the folder %s: %s", folder, strerror(errno));
	else
		take_list(fleet, numbers, folder);
	json_decref(numbers);
	if (!why && !fleet->count)
		why = text_format("no host in %s: neither HOST%s nor %s", folder, SUFFIX, LIST_FILE);
	if (why) {
		fleet_free(fleet);
		return why;
	}
	load_reports(fleet);
	fleet_order(fleet);
	return NULL;
}

void fleet_free(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++) {
		free(fleet->hosts[i].name);
		free(fleet->hosts[i].path);
		free(fleet->hosts[i].message);
	}
	free(fleet->hosts);
	json_decref(fleet->outcomes);
	json_decref(fleet->platforms);
	json_decref(fleet->problems);
}
