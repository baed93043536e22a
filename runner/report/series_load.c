/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/series_load.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

#define SERIES_VERSION 1

/* What is used as a part of a path must not lead elsewhere. */
static bool is_plain(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

/* The results of @configurations that are there. Other files may be those of another series. */
static void load_results(struct series_kernel_results *kernel, const json_t *configurations)
{
	char **paths = alloc_bytes(json_array_size(configurations) * sizeof(*paths));
	const json_t *name;
	size_t count = 0, i;

	json_array_foreach(configurations, i, name) {
		if (!json_is_string(name) || !is_plain(json_string_value(name)))
			continue;
		paths[count] = text_format("%s/%s.json", kernel->folder, json_string_value(name));
		if (access(paths[count], F_OK))
			free(paths[count]);
		else
			count++;
	}
	result_set_load(&kernel->results, paths, count, false);
	for (i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

static void add_kernel(struct series_host *host, const char *folder, const json_t *entry)
{
	static const char *const fates[] = {"not run", "ran", "left out"};
	struct series_kernel_results kernel = {.entry = entry};
	int fate = text_index(fates, sizeof(fates) / sizeof(fates[0]), result_string(entry, "state"));
	const char *name = result_string(entry, "host");

	kernel.fate = fate < 0 ? SERIES_KERNEL_NOT_RUN : (enum series_fate)fate;
	if (!is_plain(name))
		kernel.fate = SERIES_KERNEL_NOT_RUN;
	kernel.folder = text_format("%s/%s", folder, name);
	if (kernel.fate == SERIES_KERNEL_RAN)
		load_results(&kernel, json_object_get(host->series, "configurations"));
	host->kernels = alloc_grow(host->kernels, host->count, sizeof(kernel));
	host->kernels[host->count++] = kernel;
}

static void add_host(struct series_set *set, const char *folder, const json_t *document, const json_t *column)
{
	struct series_host host = {.name = result_string(column, "host"), .series = document};
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(column, "kernels"), i, entry)
		add_kernel(&host, folder, entry);
	set->hosts = alloc_grow(set->hosts, set->count, sizeof(host));
	set->hosts[set->count++] = host;
}

static char *load_folder(struct series_set *set, const char *folder)
{
	char *path = text_format("%s/series", folder), *why = NULL, *message = NULL;
	json_t *document = json_file_load(path, &why);
	const json_t *column;
	size_t i;

	if (!document)
		message = text_format("no series in %s: %s", folder, why);
	else if (result_number(document, "version") != SERIES_VERSION)
		message =
			text_format("the series in %s is of another version than %d", folder, SERIES_VERSION);
	else
		json_array_foreach(json_object_get(document, "hosts"), i, column)
			add_host(set, folder, document, column);
	json_array_append_new(set->documents, document ? document : json_null());
	free(why);
	free(path);
	return message;
}

char *series_load(struct series_set *set, char *const *folders, size_t count)
{
	char *message = NULL;

	*set = (struct series_set){.documents = json_array()};
	for (size_t i = 0; i < count && !message; i++)
		message = load_folder(set, folders[i]);
	return message;
}

void series_free(struct series_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		for (size_t k = 0; k < set->hosts[i].count; k++) {
			struct series_kernel_results *kernel = &set->hosts[i].kernels[k];

			if (kernel->fate == SERIES_KERNEL_RAN)
				result_set_free(&kernel->results);
			free(kernel->folder);
		}
		free(set->hosts[i].kernels);
	}
	free(set->hosts);
	json_decref(set->documents);
}

const char *series_kernel_text(const struct series_kernel_results *kernel, const char *key)
{
	return result_string(kernel->entry, key);
}

const struct series_kernel_results *series_next(const struct series_host *host,
						const struct series_kernel_results *kernel)
{
	while (++kernel < host->kernels + host->count)
		if (kernel->fate == SERIES_KERNEL_RAN)
			return kernel;
	return NULL;
}
