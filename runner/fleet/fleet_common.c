/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_parts.h"

static bool is_parameter(const char *fact)
{
	return strchr(fact, '.');
}

json_t *fleet_same_new(const struct fleet *fleet)
{
	json_t *same = json_object(), *facts, *value;
	const char *fact;
	void *after;
	size_t i;

	json_object_update(same, json_array_get(fleet->platforms, 0));
	json_array_foreach(fleet->platforms, i, facts)
		json_object_foreach_safe(same, after, fact,
					 value) if (!json_equal(json_object_get(facts, fact), value))
			json_object_del(same, fact);
	return same;
}

/* Makes an "x" of each digit of @pattern that is another one in @text. False: they differ in more. */
static bool keep_alike(char *pattern, const char *text)
{
	if (strlen(pattern) != strlen(text))
		return false;
	for (; *text; text++, pattern++) {
		if (*pattern == *text)
			continue;
		if (!isdigit((unsigned char)*text) || (*pattern != 'x' && !isdigit((unsigned char)*pattern)))
			return false;
		*pattern = 'x';
	}
	return true;
}

/* "AMD EPYC 7xx3" of the keys of @values, or null. */
static json_t *alike(json_t *values)
{
	const char *text;
	json_t *value, *made;
	char *pattern = NULL;
	bool same = true;

	json_object_foreach(values, text, value) {
		if (!pattern)
			pattern = text_format("%s", text);
		same = same && keep_alike(pattern, text);
	}
	made = same && pattern ? json_string(pattern) : json_null();
	free(pattern);
	return made;
}

static void add_fact(json_t *common, const struct fleet *fleet, const struct fleet_cells *of,
		     const char *fact)
{
	json_t *values = json_object();
	bool lacking = false;
	size_t count;

	for (size_t i = 0; i < of->count; i++) {
		const char *value =
			result_string(json_array_get(fleet->platforms, of->all[i].platform), fact);

		if (*value)
			json_object_set_new(values, value, json_true());
		lacking |= !*value;
	}
	count = json_object_size(values);
	if (count == 1 && !lacking)
		json_object_set_new(json_object_get(common, "shared"), fact,
				    json_string(json_object_iter_key(json_object_iter(values))));
	else if (count > 1)
		json_object_set_new(json_object_get(common, "varying"), fact,
				    json_pack("{s:I, s:o}", "values", (json_int_t)count, "alike",
					      alike(values)));
	json_decref(values);
}

json_t *fleet_common_new(const struct fleet *fleet, const json_t *same, const struct fleet_cells *of)
{
	json_t *common = json_pack("{s:{}, s:{}}", "shared", "varying"), *value;
	const char *fact;

	for (size_t i = 0; fleet_facts[i]; i++)
		add_fact(common, fleet, of, fleet_facts[i]);
	/* What the first one lacks is not shared. */
	json_object_foreach(json_array_get(fleet->platforms, of->all[0].platform), fact, value)
		if (is_parameter(fact) && !json_object_get(same, fact))
			add_fact(common, fleet, of, fact);
	return common;
}
