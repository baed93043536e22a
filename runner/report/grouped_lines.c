/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/grouped_lines.h"
#include "runner/common/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"
#include "runner/report/join_names.h"

/* More names than these are cut to the first few. */
#define NAMES_MAX 4
#define NAMES_CUT 2
/* "everywhere but": at most so many exceptions, to at least this many times more that are none. */
#define EXCEPT_MAX   2
#define EXCEPT_RATIO 3

void grouped_lines_init(struct grouped_lines *list, const struct result_set *set)
{
	*list = (struct grouped_lines){.set = set, .index = json_object()};
}

void grouped_lines_free(struct grouped_lines *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->all[i].all);
	free(list->all);
	json_decref(list->index);
}

static struct line_group *find(const struct grouped_lines *list, const char *text)
{
	const json_t *place = json_object_get(list->index, text);

	return place ? &list->all[json_integer_value(place)] : NULL;
}

const struct line_group *grouped_lines_find(const struct grouped_lines *list, const char *text)
{
	return find(list, text);
}

void grouped_lines_add(struct grouped_lines *list, const char *text, size_t result)
{
	struct line_group *o = find(list, text);

	if (!o) {
		json_object_set_new(list->index, text, json_integer((json_int_t)list->count));
		list->all = alloc_grow(list->all, list->count, sizeof(*list->all));
		o = &list->all[list->count++];
		*o = (struct line_group){
			.text = json_object_iter_key(json_object_iter_at(list->index, text)),
		};
	}
	if (!o->count || o->all[o->count - 1].result != result) {
		o->all = alloc_grow(o->all, o->count, sizeof(*o->all));
		o->all[o->count++] = (struct line_place){.result = result};
	}
	o->all[o->count - 1].count++;
}

static void print_names(const struct result_set *set, const size_t *results, size_t count, unsigned int how)
{
	json_t *names = json_array();
	size_t shown = count;
	char *text;

	if ((how & WHERE_BRIEF) && count > 1)
		shown = 1;
	else if (!(how & WHERE_ALL) && count > NAMES_MAX)
		shown = NAMES_CUT;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, text_json(set->all[results[i]].label));
	text = join_first_names(names, shown);
	text_print(stdout, "%s", text);
	free(text);
	json_decref(names);
}

/* " (3)", or " (1 to 3)" where it is not the same everywhere. */
static void print_count(const struct line_group *o)
{
	size_t least = o->all[0].count, most = least;

	for (size_t i = 1; i < o->count; i++) {
		least = o->all[i].count < least ? o->all[i].count : least;
		most = o->all[i].count > most ? o->all[i].count : most;
	}
	if (least == most)
		text_print(stdout, " (%zu)", most);
	else
		text_print(stdout, " (%zu to %zu)", least, most);
}

void grouped_lines_print_where(const struct grouped_lines *list, const struct line_group *o, unsigned int how)
{
	size_t *with = alloc_bytes(list->set->count * sizeof(*with)), with_count = 0;
	size_t *without = alloc_bytes(list->set->count * sizeof(*without)), without_count = 0;

	for (size_t i = 0, next = 0; i < list->set->count; i++) {
		if (next < o->count && o->all[next].result == i) {
			with[with_count++] = i;
			next++;
		} else if ((how & WHERE_ANYWHERE) || list->set->all[i].test_count) {
			without[without_count++] = i;
		}
	}
	if (with_count > 1 && without_count <= EXCEPT_MAX && with_count > EXCEPT_RATIO * without_count) {
		fputs(without_count ? "everywhere but " : "everywhere", stdout);
		print_names(list->set, without, without_count, how & WHERE_ALL);
	} else {
		print_names(list->set, with, with_count, how);
	}
	if (how & WHERE_COUNTED)
		print_count(o);
	free(with);
	free(without);
}
