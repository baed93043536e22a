/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/soak_load.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/soak/counts.h"

/* results/latest/HOST/soak.json, and one folder more where several runs are kept. */
#define DEPTH_MAX 3

static json_t *find_configuration(const struct soak_set *set, const char *host, const char *name)
{
	json_t *entry;
	size_t i;

	json_array_foreach(set->configurations, i, entry)
		if (!strcmp(result_string(entry, "host"), host) &&
		    !strcmp(result_string(entry, "configuration"), name))
			return entry;
	entry = json_pack("{s:o, s:o, s:i, s:{}, s:{}}", "host", text_json_or_null(host), "configuration",
			  text_json(name), "runs", 0, "verdicts", "tests");
	json_array_append_new(set->configurations, entry);
	return entry;
}

static void add_number(json_t *to, const json_t *from, const char *key)
{
	json_object_set_new(to, key,
			    json_integer(result_add(result_count(to, key), result_count(from, key))));
}

/* @logs: where those of the configuration are, "FOLDER/NAME". */
static void add_outcomes(json_t *to, const json_t *from, const char *logs)
{
	json_t *entry, *repetition;
	const char *word;
	size_t i;

	json_object_foreach((json_t *)from, word, entry) {
		json_t *sum = json_object_get(to, word);

		if (!sum) {
			sum = json_pack("{s:i, s:[]}", "runs", 0, "kept");
			json_object_set_new(to, word, sum);
		}
		add_number(sum, entry, "runs");
		json_array_foreach(json_object_get(entry, "kept"), i, repetition)
			json_array_append_new(json_object_get(sum, "kept"),
					      text_json_format("%s/%lld.log", logs,
							       (long long)json_integer_value(repetition)));
	}
}

static void add_configuration(struct soak_set *set, const char *folder, const char *host, const char *name,
			      const json_t *from)
{
	json_t *to = find_configuration(set, host, name), *tests = json_object_get(to, "tests"), *outcomes;
	char *logs = text_format("%s/%s", folder, name);
	const char *test;

	add_number(to, from, "runs");
	add_outcomes(json_object_get(to, "verdicts"), json_object_get(from, "verdicts"), logs);
	json_object_foreach(json_object_get(from, "tests"), test, outcomes) {
		if (!json_object_get(tests, test))
			json_object_set_new(tests, test, json_object());
		add_outcomes(json_object_get(tests, test), outcomes, logs);
	}
	free(logs);
}

static void add_document(struct soak_set *set, const char *path, const json_t *document)
{
	const char *host = result_string(document, "host"), *slash = strrchr(path, '/'), *name;
	char *folder = slash ? text_copy(path, (size_t)(slash - path)) : text_format(".");
	json_t *configuration, *event;
	size_t i;

	json_object_foreach(json_object_get(document, "configurations"), name, configuration)
		add_configuration(set, folder, host, name, configuration);
	json_array_foreach(json_object_get(document, "host_events"), i, event) {
		json_t *copy = json_copy(event);

		json_object_set_new(copy, "host", text_json(host));
		json_array_append_new(set->host_events, copy);
	}
	set->documents++;
	set->complete &= json_is_true(json_object_get(document, "complete"));
	free(folder);
}

static char *load_file(struct soak_set *set, const char *path)
{
	char *why = NULL, *message = NULL;
	json_t *document = json_file_load(path, &why);

	if (!document)
		message = text_format("%s: %s", path, why);
	else if (result_number(document, "version") != COUNTS_VERSION ||
		 !json_is_object(json_object_get(document, "configurations")))
		message = text_format("%s is not what run_tests.sh --repeat writes, or is of another version",
				      path);
	else
		add_document(set, path, document);
	json_decref(document);
	free(why);
	return message;
}

static int by_version(const FTSENT **a, const FTSENT **b)
{
	return strverscmp((*a)->fts_name, (*b)->fts_name);
}

/* A file is one whatever its name is. */
static bool is_document(const FTSENT *entry)
{
	return entry->fts_info == FTS_F && (!entry->fts_level || !strcmp(entry->fts_name, COUNTS_FILE));
}

static char *load_path(struct soak_set *set, const char *path)
{
	char *name = text_format("%s", path), *message = NULL;
	size_t before = set->documents;
	FTS *tree =
		fts_open((char *const[]){name, NULL}, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_version);
	FTSENT *entry;

	while (tree && !message && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_D && entry->fts_level >= DEPTH_MAX)
			fts_set(tree, entry, FTS_SKIP);
		else if (is_document(entry))
			message = load_file(set, entry->fts_path);
	}
	if (tree)
		fts_close(tree);
	if (!message && set->documents == before)
		message = text_format("no " COUNTS_FILE
				      " in %s: is that a run with --repeat, --for or --until-fail?",
				      path);
	free(name);
	return message;
}

char *soak_load(struct soak_set *set, char *const *paths, size_t count)
{
	char *message = NULL;

	*set = (struct soak_set){.configurations = json_array(),
				 .host_events = json_array(),
				 .complete = true};
	for (size_t i = 0; i < count && !message; i++)
		message = load_path(set, paths[i]);
	return message;
}

void soak_free(struct soak_set *set)
{
	json_decref(set->configurations);
	json_decref(set->host_events);
}
