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

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/report_form.h"
#include "runner/report/result_load.h"

/* Parsing is all that takes time, and more than this gains nothing over reading the files. */
#define MAX_THREADS 8

struct loader {
	struct result_set *set;
	size_t next; /* to load; atomic */
	pthread_mutex_t lock; /* of what the set's results share */
};

/* The only copy of @text in the set, for as long as the set is there. Names of files may be no UTF-8. */
static const char *intern(struct result_set *set, const char *text)
{
	void *at = json_object_iter_at(set->strings, text);

	if (!at) {
		json_t *string = text_json(text);

		text = json_string_value(string);
		json_object_set_new(set->strings, text, json_null());
		at = json_object_iter_at(set->strings, text);
		json_decref(string);
	}
	return json_object_iter_key(at);
}

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

/* Equal members become one: most results of a run, and of a fleet, are from few hosts and few kernels. */
static void share(struct result_set *set, json_t *object, const char *key)
{
	json_t *member = json_object_get(object, key), *known;
	char *text = member ? json_dumps(member, JSON_COMPACT) : NULL;

	if (!text)
		return;
	known = json_object_get(set->shared, text);
	if (known)
		json_object_set(object, key, known);
	else
		json_object_set(set->shared, text, member);
	free(text);
}

/* The caller frees it. */
static char *join(const json_t *strings)
{
	char *text = text_format("%s", ""), *longer;
	const json_t *string;
	size_t i;

	json_array_foreach(strings, i, string) {
		if (!json_is_string(string))
			continue;
		longer = text_format("%s%s%s", text, *text ? "; " : "", json_string_value(string));
		free(text);
		text = longer;
	}
	return text;
}

/* Before version 0.2 the member was called "saw". */
static const json_t *observed_in(const json_t *test)
{
	const json_t *observed = json_object_get(test, "observed");

	return observed ? observed : json_object_get(test, "saw");
}

static const char *take_observed(struct result_set *set, const json_t *observed)
{
	char *text;
	const char *interned;

	if (!json_array_size(observed))
		return intern(set, "");
	text = join(observed);
	interned = intern(set, text);
	free(text);
	return interned;
}

static void take_tests(struct result_set *set, struct result_entry *r)
{
	const json_t *tests = json_object_get(r->rest, "tests"), *test;
	size_t i;

	r->test_count = json_array_size(tests);
	r->tests = alloc_bytes(r->test_count * sizeof(*r->tests));
	json_array_foreach(tests, i, test) {
		json_t *messages = json_object_get(test, "messages"), *costs = json_object_get(test, "costs");
		struct result_test *taken = &r->tests[i];
		const char *what;

		*taken = (struct result_test){
			.name = intern(set, result_string(test, "name")),
			.verdict = result_verdict(test),
			.at = intern(set, result_string(test, "at")),
			.reason = intern(set, result_string(test, "reason")),
			.inert = intern(set, result_string(test, "inert")),
			.observed = take_observed(set, observed_in(test)),
			.messages = json_array_size(messages) ? json_incref(messages) : NULL,
			.costs = json_is_array(costs) ? json_incref(costs) : NULL,
			.ms = result_count(test, "ms"),
		};
		taken->has_unmet = unmet_from_json(json_object_get(test, "unmet"), &taken->unmet, &what);
		taken->unmet_what = intern(set, taken->has_unmet ? what : "");
	}
	json_object_del(r->rest, "tests");
}

static void take(struct result_set *set, struct result_entry *r, json_t *result)
{
	const char *config = result_string(json_object_get(result, "config"), "name");
	char *name = result_load_name(r->path);

	r->rest = result;
	r->verdict = result_verdict(result);
	r->end = result_end(result);
	r->config = intern(set, *config ? config : name);
	free(name);
	share(set, result, "host");
	share(set, json_object_get(result, "guest"), "suite_features");
	take_tests(set, r);
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
		take(set, r, result);
		pthread_mutex_unlock(&loader->lock);
	}
	return NULL;
}

/* With @rest NULL it is loaded later. Takes @path and @rest over. */
static void add(struct result_set *set, char *path, const char *host, json_t *rest)
{
	set->all = alloc_grow(set->all, set->count, sizeof(*set->all));
	set->all[set->count++] = (struct result_entry){.path = path, .host = intern(set, host), .rest = rest};
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

		r->label = several && *r->host ? intern(set, label) : r->config;
		free(label);
	}
}

void result_set_load(struct result_set *set, char *const *paths, size_t count, bool by_host)
{
	struct loader loader = {.set = set};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[MAX_THREADS];
	int started = 0;

	*set = (struct result_set){.strings = json_object(), .shared = json_object()};
	for (size_t i = 0; i < count; i++)
		add_path(set, paths[i], by_host);

	/* This thread is one of them, and does it all where there can be no others. */
	pthread_mutex_init(&loader.lock, NULL);
	while (started + 1 < cpus && started < MAX_THREADS &&
	       !pthread_create(&threads[started], NULL, load_all, &loader))
		started++;
	load_all(&loader);
	while (started)
		pthread_join(threads[--started], NULL);
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
