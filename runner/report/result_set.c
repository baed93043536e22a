/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/result_set.h"
#include "runner/common/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/common/all_cpus.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/report_form.h"
#include "runner/report/result_load.h"
#include "runner/report/result_take.h"

struct loader {
	struct result_set *set;
	size_t next; /* to load; atomic */
	pthread_mutex_t lock; /* of what the set's results share */
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

/* At the end, but for that of the root folder. */
static void cut_slashes(char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
}

static char *parent_name(const char *path)
{
	char *folder = text_format("%.*s", (int)(result_load_file(path) - path), path), *name;

	cut_slashes(folder);
	name = text_format("%s", result_load_file(folder));
	free(folder);
	return name;
}

static void *load_all(void *argument)
{
	struct loader *loader = argument;
	struct result_set *set = loader->set;
	size_t i;

	while ((i = __atomic_fetch_add(&loader->next, 1, __ATOMIC_RELAXED)) < set->count) {
		struct result_entry *r = &set->all[i];
		json_t *result = r->rest ? r->rest : result_load(r->path);

		pthread_mutex_lock(&loader->lock);
		result_take(set, r, result);
		pthread_mutex_unlock(&loader->lock);
	}
	return NULL;
}

/* With @rest NULL it is loaded later. Takes @path and @rest over. */
static void add(struct result_set *set, char *path, const char *host, json_t *rest)
{
	set->all = alloc_grow(set->all, set->count, sizeof(*set->all));
	set->all[set->count++] =
		(struct result_entry){.path = path, .host = result_intern(set, host), .rest = rest};
}

static bool is_folder(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

static void add_run(struct result_set *set, const char *folder, const char *host);

/* It lies among the results of a run, where a shell's pattern for these finds it, too. */
static bool is_report(const char *path)
{
	return !strcmp(result_load_file(path), REPORT_FILE_JSON);
}

/* Returns whether @name is a result, or a folder; other files may lie there as well. */
static bool add_entry(struct result_set *set, const char *folder, const char *host, const char *name)
{
	char *path;

	if (is_report(name))
		return false;
	path = text_format("%s/%s", folder, name);

	if (ends_with(name, ".json.part")) {
		path[strlen(path) - strlen(".part")] = '\0';
		if (access(path, F_OK)) {
			add(set, path, host, NULL);
			return true;
		}
	} else if (is_folder(path)) {
		/* Hosts have no folders. */
		if (!*host)
			add_run(set, path, name);
		free(path);
		return !*host;
	} else if (ends_with(name, ".json")) {
		add(set, path, host, NULL);
		return true;
	}
	free(path);
	return false;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* A folder's results, in the order of their names. One without any becomes a result that says so. */
static void add_run(struct result_set *set, const char *folder, const char *host)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, is_visible, versionsort);
	bool any = false;

	if (count < 0) {
		add(set, text_format("%s", folder), host,
		    result_load_none(folder, text_json_format("cannot read the folder %s: %s", folder,
							      strerror(errno))));
		return;
	}
	for (int i = 0; i < count; i++) {
		any |= add_entry(set, folder, host, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (!any)
		add(set, text_format("%s", folder), host,
		    result_load_none(folder, text_json_format("no results in the folder %s", folder)));
}

static void add_path(struct result_set *set, const char *given, bool by_host)
{
	char *path = text_format("%s", given), *host;

	cut_slashes(path);
	host = parent_name(path);
	if (is_folder(path)) {
		add_run(set, path, "");
		free(path);
	} else if (is_report(path)) {
		free(path);
	} else {
		add(set, path, by_host ? host : "", NULL);
	}
	free(host);
}

static void make_labels(struct result_set *set)
{
	bool several = false;

	for (size_t i = 1; i < set->count; i++)
		several |= set->all[i].host != set->all[0].host;
	for (size_t i = 0; i < set->count; i++) {
		struct result_entry *r = &set->all[i];
		char *label = text_format("%s/%s", r->host, r->config);

		r->label = several && *r->host ? result_intern(set, label) : r->config;
		free(label);
	}
}

void result_set_load(struct result_set *set, char *const *paths, size_t count, bool by_host)
{
	struct loader loader = {.set = set};

	*set = (struct result_set){.strings = json_object(), .shared = json_object()};
	for (size_t i = 0; i < count; i++)
		add_path(set, paths[i], by_host);

	pthread_mutex_init(&loader.lock, NULL);
	all_cpus_run(load_all, &loader);
	pthread_mutex_destroy(&loader.lock);
	make_labels(set);
}

void result_set_free(struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct result_entry *r = &set->all[i];

		for (size_t j = 0; j < r->test_count; j++) {
			json_decref(r->tests[j].messages);
			json_decref(r->tests[j].costs);
		}
		free(r->tests);
		json_decref(r->rest);
		free(r->path);
	}
	free(set->all);
	json_decref(set->strings);
	json_decref(set->shared);
}

const struct result_test *result_set_find_test(const struct result_entry *r, const char *name, size_t *next)
{
	for (size_t i = 0; r && i < r->test_count; i++) {
		size_t at = (*next + i) % r->test_count;

		if (r->tests[at].name != name && strcmp(r->tests[at].name, name) != 0)
			continue;
		*next = at + 1;
		return &r->tests[at];
	}
	return NULL;
}

long long result_set_sum(const struct result_set *set, const char *key)
{
	long long sum = 0;

	for (size_t i = 0; i < set->count; i++)
		sum = result_add(sum, result_count(json_object_get(set->all[i].rest, "counts"), key));
	return sum;
}

bool result_test_is_bad(const struct result_test *test)
{
	return test->verdict != VERDICT_PASS && test->verdict != VERDICT_SKIP;
}
