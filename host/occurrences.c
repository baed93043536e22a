/* SPDX-License-Identifier: BSD-2-Clause */
#include "occurrences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* More names than these are cut to the first few. */
#define NAMES_MAX 4
#define NAMES_CUT 2
/* So many exceptions to a rule are told, if there are this many times more that keep to it. */
#define EXCEPT_MAX   2
#define EXCEPT_RATIO 3

void occurrences_init(struct occurrence_list *list, const struct saved_results *set)
{
	*list = (struct occurrence_list){.set = set, .index = json_object()};
}

void occurrences_free(struct occurrence_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->all[i].all);
	free(list->all);
	json_decref(list->index);
}

static struct occurrences *find(const struct occurrence_list *list, const char *text)
{
	const json_t *place = json_object_get(list->index, text);

	return place ? &list->all[json_integer_value(place)] : NULL;
}

const struct occurrences *occurrences_find(const struct occurrence_list *list, const char *text)
{
	return find(list, text);
}

void occurrences_add(struct occurrence_list *list, const char *text, size_t result)
{
	struct occurrences *o = find(list, text);

	if (!o) {
		json_object_set_new(list->index, text, json_integer((json_int_t)list->count));
		list->all = text_grow(list->all, list->count, sizeof(*list->all));
		o = &list->all[list->count++];
		*o = (struct occurrences){
			.text = json_object_iter_key(json_object_iter_at(list->index, text)),
		};
	}
	if (!o->count || o->all[o->count - 1].result != result) {
		o->all = text_grow(o->all, o->count, sizeof(*o->all));
		o->all[o->count++] = (struct occurrence){.result = result};
	}
	o->all[o->count - 1].count++;
}

static void print_names(const struct saved_results *set, const size_t *results, size_t count, bool brief)
{
	size_t shown = count;

	if (brief && count > 1)
		shown = 1;
	else if (count > NAMES_MAX)
		shown = NAMES_CUT;
	for (size_t i = 0; i < shown; i++)
		printf("%s%s", i ? ", " : "", set->all[results[i]].label);
	if (shown < count)
		printf(" and %zu more", count - shown);
}

/* " (3)", or " (1 to 3)" where it is not the same everywhere. */
static void print_count(const struct occurrences *o)
{
	size_t least = o->all[0].count, most = least;

	for (size_t i = 1; i < o->count; i++) {
		least = o->all[i].count < least ? o->all[i].count : least;
		most = o->all[i].count > most ? o->all[i].count : most;
	}
	if (least == most)
		printf(" (%zu)", most);
	else
		printf(" (%zu to %zu)", least, most);
}

void occurrences_print_where(const struct occurrence_list *list, const struct occurrences *o,
			     unsigned int how)
{
	size_t *with = text_alloc(list->set->count * sizeof(*with)), with_count = 0;
	size_t *without = text_alloc(list->set->count * sizeof(*without)), without_count = 0;

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
		print_names(list->set, without, without_count, false);
	} else {
		print_names(list->set, with, with_count, how & WHERE_BRIEF);
	}
	if (how & WHERE_COUNTED)
		print_count(o);
	free(with);
	free(without);
}
