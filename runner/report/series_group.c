/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/series_group.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/kernel_version.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* By these alone, changes are alike. */
static const char *const common[] = {"from", "to", "kind", "means", "before", "now"};

#define COMMON (sizeof(common) / sizeof(common[0]))

static json_t *copy_common(const json_t *change)
{
	json_t *copy = json_object();

	for (size_t i = 0; i < COMMON; i++)
		json_object_set(copy, common[i], json_object_get(change, common[i]));
	return copy;
}

/* The member @text of @object, which becomes @made if it is not there. Takes @made and @text over. */
static json_t *member(json_t *object, char *text, json_t *made)
{
	json_t *known = json_object_get(object, text);

	if (!known)
		json_object_set(object, text, made);
	json_decref(made);
	known = json_object_get(object, text);
	free(text);
	return known;
}

/* One test or feature, with all the places where it changed alike: host -> configurations. */
static json_t *by_subject(const json_t *changes)
{
	json_t *subjects = json_object(), *change, *subject, *configurations;
	size_t i;

	json_array_foreach(changes, i, change) {
		json_t *key = copy_common(change);

		json_object_set(key, "test", json_object_get(change, "test"));
		json_object_set(key, "feature", json_object_get(change, "feature"));
		json_object_set_new(key, "of_host",
				    json_boolean(json_is_null(json_object_get(change, "configuration"))));
		subject = member(subjects, json_dumps(key, JSON_COMPACT),
				 json_pack("{s:O, s:{}}", "change", change, "where"));
		json_decref(key);
		configurations = member(json_object_get(subject, "where"),
					text_format("%s", result_string(change, "host")), json_array());
		if (json_is_string(json_object_get(change, "configuration")))
			json_array_append(configurations, json_object_get(change, "configuration"));
	}
	return subjects;
}

/* "where" as an array of what has the same configurations: {"hosts": [...], "configurations": [...]}. */
static json_t *join_places(const json_t *where)
{
	json_t *places = json_object(), *list = json_array(), *configurations, *place;
	const char *host, *key;

	json_object_foreach((json_t *)where, host, configurations) {
		place = member(places, json_dumps(configurations, JSON_COMPACT),
			       json_pack("{s:[], s:O}", "hosts", "configurations", configurations));
		json_array_append_new(json_object_get(place, "hosts"), json_string(host));
	}
	json_object_foreach(places, key, place)
		json_array_append(list, place);
	json_decref(places);
	return list;
}

static json_t *make_group(const json_t *change, const json_t *where)
{
	json_t *group = copy_common(change);

	json_object_set_new(group, "where", join_places(where));
	json_object_set_new(group, "tests", json_array());
	json_object_set_new(group, "features", json_array());
	json_object_set(group, "why", json_object_get(change, "why"));
	json_object_set(group, "at", json_object_get(change, "at"));
	json_object_set(group, "messages", json_object_get(change, "messages"));
	return group;
}

struct placed {
	json_t *group;
	size_t place; /* before sorting */
};

static int compare_member(const struct placed *a, const struct placed *b, const char *key)
{
	struct kernel_version left, right;

	kernel_version_parse(&left, result_string(a->group, key));
	kernel_version_parse(&right, result_string(b->group, key));
	return kernel_version_compare(&left, &right);
}

/* Of one release, those of all hosts follow one another. */
static int compare_groups(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	int order = compare_member(a, b, "to");

	order = order ? order : compare_member(a, b, "from");
	return order ? order : (a->place > b->place) - (a->place < b->place);
}

static json_t *sort_groups(json_t *groups)
{
	struct placed *sorted = alloc_bytes(json_object_size(groups) * sizeof(*sorted));
	json_t *list = json_array(), *group;
	const char *name;
	size_t count = 0;

	json_object_foreach(groups, name, group) {
		sorted[count] = (struct placed){group, count};
		count++;
	}
	qsort(sorted, count, sizeof(*sorted), compare_groups);
	for (size_t i = 0; i < count; i++)
		json_array_append(list, sorted[i].group);
	free(sorted);
	return list;
}

json_t *series_group(const json_t *changes)
{
	json_t *subjects = by_subject(changes), *groups = json_object(), *list;
	json_t *subject, *group;
	const char *name;

	json_object_foreach(subjects, name, subject) {
		const json_t *change = json_object_get(subject, "change");
		json_t *where = json_object_get(subject, "where"), *key = copy_common(change);

		/* What is about no test is not joined with what is about one. */
		json_object_set(key, "where", where);
		json_object_set_new(key, "test",
				    json_boolean(json_is_string(json_object_get(change, "test"))));
		json_object_set_new(key, "feature",
				    json_boolean(json_is_string(json_object_get(change, "feature"))));
		group = member(groups, json_dumps(key, JSON_COMPACT), make_group(change, where));
		json_decref(key);
		if (json_is_string(json_object_get(change, "test")))
			json_array_append(json_object_get(group, "tests"), json_object_get(change, "test"));
		if (json_is_string(json_object_get(change, "feature")))
			json_array_append(json_object_get(group, "features"),
					  json_object_get(change, "feature"));
	}
	list = sort_groups(groups);
	json_decref(groups);
	json_decref(subjects);
	return list;
}
