/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/select.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"

#define NAME_WIDTH 18

bool config_in_group(const struct config *config, const char *group)
{
	const char *groups = config->values[CONFIG_GROUPS];
	size_t length = strlen(group);

	while (groups && *groups) {
		size_t word = strcspn(groups, " ");

		if (word == length && !memcmp(groups, group, length))
			return length > 0;
		groups += word + strspn(groups + word, " ");
	}
	return false;
}

/* Marks what @pattern means. False: that is nothing. */
static bool mark_named(bool *marked, const struct config_list *list, const char *pattern)
{
	const struct config *config = config_find(list, pattern);
	bool found = config != NULL;

	if (found)
		marked[config - list->configs] = true;
	/* A name is no pattern. Only patterns look at every configuration: there may be 10,000 names. */
	if (!strpbrk(pattern, "*?[\\"))
		return found;
	for (size_t i = 0; i < list->count; i++) {
		if (fnmatch(pattern, list->configs[i].name, 0))
			continue;
		marked[i] = true;
		found = true;
	}
	return found;
}

static bool is_chosen(const struct config *config, const struct choice *choice)
{
	if (choice->group)
		return config_in_group(config, choice->group);
	return choice->all || !config_in_group(config, "nodefault");
}

static char *names_of(const struct config_list *list)
{
	char *names;
	size_t size;
	FILE *out = alloc_stream(&names, &size);

	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s", i ? " " : "", list->configs[i].name);
	fclose(out);
	return names;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All groups, sorted. */
static char *groups_of(const struct config_list *list)
{
	json_t *groups = json_object();
	const char **sorted, *group;
	json_t *value;
	char *names;
	size_t size, count = 0;
	FILE *out = alloc_stream(&names, &size);

	for (size_t i = 0; i < list->count; i++) {
		const char *word = list->configs[i].values[CONFIG_GROUPS];

		while (word && *word) {
			size_t length = strcspn(word, " ");
			char *copy = text_format("%.*s", (int)length, word);

			json_object_set_new(groups, copy, json_true());
			free(copy);
			word += length + strspn(word + length, " ");
		}
	}
	sorted = alloc_bytes(json_object_size(groups) * sizeof(*sorted));
	json_object_foreach(groups, group, value)
		sorted[count++] = group;
	qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i ? " " : "", sorted[i]);
	fclose(out);
	free(sorted);
	json_decref(groups);
	return names;
}

static char *nothing_chosen(const struct config_list *list, const struct choice *choice)
{
	char *groups, *message;

	if (!choice->group)
		return text_format("no configuration runs by default: -a runs all");
	groups = groups_of(list);
	message = text_format("no group \"%s\": there are %s", choice->group, groups);
	free(groups);
	return message;
}

static char *nothing_named(const struct config_list *list, const char *pattern)
{
	char *names = names_of(list),
	     *message = text_format("no configuration \"%s\": there are %s", pattern, names);

	free(names);
	return message;
}

char *config_select(struct selection *selection, const struct config_list *list, const struct choice *choice)
{
	bool *marked = alloc_bytes(list->count * sizeof(*marked));
	char *wrong = NULL;

	*selection = (struct selection){.configs = alloc_bytes(list->count * sizeof(*selection->configs))};
	for (size_t i = 0; i < list->count; i++)
		marked[i] = !choice->name_count && is_chosen(&list->configs[i], choice);
	for (size_t i = 0; !wrong && i < choice->name_count; i++)
		if (!mark_named(marked, list, choice->names[i]))
			wrong = nothing_named(list, choice->names[i]);
	for (size_t i = 0; !wrong && i < list->count; i++)
		if (marked[i])
			selection->configs[selection->count++] = &list->configs[i];
	free(marked);
	if (!wrong && !selection->count)
		wrong = nothing_chosen(list, choice);
	return wrong;
}

void selection_free(struct selection *selection)
{
	free(selection->configs);
	*selection = (struct selection){0};
}

int selection_width(const struct selection *selection)
{
	size_t width = NAME_WIDTH;

	for (size_t i = 0; i < selection->count; i++) {
		size_t length = strlen(selection->configs[i]->name);

		width = length > width ? length : width;
	}
	return (int)width;
}

void selection_print(const struct selection *selection, bool full, FILE *out)
{
	int width = selection_width(selection);

	for (size_t i = 0; i < selection->count; i++) {
		const struct config *config = selection->configs[i];
		const char *params = config_value(config, CONFIG_QEMU_PARAMS);

		if (full)
			text_print(out, "%-*s -smp %s %s\n", width, config->name,
				   config_value(config, CONFIG_SMP), params);
		else
			text_print(out, "%s\n", config->name);
	}
}
