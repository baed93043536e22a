/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/feature_suites.h"

#include <stdlib.h>

#include "runner/common/text.h"

/*
 * The suite whose name this one's begins with: kvmclock_rate is about kvmclock, if there is such a suite. The names of
 * the tests' files are chosen for that. The caller frees it.
 */
static char *feature_of(const json_t *suites, const char *suite)
{
	for (size_t length = 0; suite[length]; length++) {
		char *beginning = text_format("%.*s", (int)length, suite);

		if (suite[length] == '_' && json_object_get(suites, beginning))
			return beginning;
		free(beginning);
	}
	return text_format("%s", suite);
}

void feature_suites_init(struct feature_suites *f, const struct result_set *set)
{
	const json_t *last = NULL;
	const char *suite;
	json_t *bits;

	*f = (struct feature_suites){json_object(), json_object(), json_object()};
	for (size_t i = 0; i < set->count; i++) {
		json_t *features =
			json_object_get(json_object_get(set->all[i].rest, "guest"), "suite_features");

		/* As a rule they share one object. */
		if (features == last)
			continue;
		last = features;
		json_object_foreach(features, suite, bits)
			if (json_integer_value(bits))
				json_object_set(f->bits, suite, bits);
	}
	json_object_foreach(f->bits, suite, bits) {
		char *feature = feature_of(f->bits, suite);

		if (!json_object_get(f->features, feature))
			json_object_set_new(f->features, feature,
					    json_integer((json_int_t)json_object_size(f->features)));
		json_object_set(f->suites, suite, json_object_get(f->features, feature));
		free(feature);
	}
}

void feature_suites_free(struct feature_suites *f)
{
	json_decref(f->suites);
	json_decref(f->features);
	json_decref(f->bits);
}
