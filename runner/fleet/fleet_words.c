/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/fleet/fleet_words.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet.h"

/* Of what platforms share, so many parameters are named. */
#define PARAMETERS_MAX 3

char *fleet_fact_words(const char *fact, const char *value)
{
	if (strchr(fact, '.'))
		return text_format("%s=%s", fact, value);
	return text_format("%s %s", fleet_fact_title(fact), value);
}

static void say(FILE *out, bool *any, const char *words)
{
	text_print(out, "%s%s", *any ? ", " : "", words);
	*any = true;
}

/* The fact's value, or what all values have in common, or how many there are. */
static void say_fact(FILE *out, bool *any, const json_t *common, const char *fact)
{
	const char *value = result_string(json_object_get(common, "shared"), fact);
	const json_t *varying = json_object_get(json_object_get(common, "varying"), fact);
	const char *alike = result_string(varying, "alike");
	char *words;

	if (!*value && !varying)
		return;
	if (*value || *alike)
		words = fleet_fact_words(fact, *value ? value : alike);
	else
		words = text_format("%lld %s", result_number(varying, "values"), fleet_fact_plural(fact));
	say(out, any, words);
	free(words);
}

char *fleet_common_words(const json_t *common)
{
	static const char *const named[] = {"kernel", "cpu", "qemu"};
	size_t size, parameters = 0;
	bool any = false;
	json_t *value;
	const char *fact;
	char *text;
	FILE *out = alloc_stream(&text, &size);

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		say_fact(out, &any, common, named[i]);
	json_object_foreach(json_object_get(common, "shared"), fact, value)
		if (strchr(fact, '.') && parameters++ < PARAMETERS_MAX)
			say_fact(out, &any, common, fact);
	if (parameters > PARAMETERS_MAX)
		text_print(out, " and %zu more parameters", parameters - PARAMETERS_MAX);
	if (!any)
		fputs("nothing is known of these hosts", out);
	fclose(out);
	return text;
}

/* "kernel 6.12.50 and kvm.x=Y" */
static char *facts_words(const json_t *facts)
{
	char *text = text_format("%s", ""), *words, *longer;
	const json_t *fact;
	size_t i;

	json_array_foreach(facts, i, fact) {
		words = fleet_fact_words(result_string(fact, "fact"), result_string(fact, "value"));
		longer = text_format("%s%s%s", text, i ? " and " : "", words);
		free(text);
		free(words);
		text = longer;
	}
	return text;
}

/* "on all 40 with", "on 38 of 40 with", "on none of 9960 others" */
static char *share_words(const json_t *share, bool with)
{
	const char *hosts = with ? "with" : "others";
	long long count = result_number(share, "hosts"), failed = result_number(share, "failed");

	if (failed == count && count == 1)
		return text_format("on the one %s", with ? "with" : "other");
	if (failed == count)
		return text_format("on all %lld %s", count, hosts);
	if (!failed)
		return text_format("on none of %lld %s", count, hosts);
	return text_format("on %lld of %lld %s", failed, count, hosts);
}

char *fleet_explanation_words(const json_t *explanation)
{
	const json_t *equals = json_object_get(explanation, "equals");
	char *with, *without, *facts, *same, *text;

	if (!json_is_object(explanation))
		return text_format("no fact explains it");
	with = share_words(json_object_get(explanation, "with"), true);
	without = share_words(json_object_get(explanation, "without"), false);
	facts = facts_words(json_object_get(explanation, "facts"));
	same = facts_words(equals);
	text = text_format("%s %s, %s%s%s%s", with, facts, without,
			   json_array_size(equals) ? " (the same hosts have " : "", same,
			   json_array_size(equals) ? ")" : "");
	free(with);
	free(without);
	free(facts);
	free(same);
	return text;
}

/* "alpha.one: pass -> fail" */
char *fleet_difference_words(const json_t *difference)
{
	const char *test = result_string(difference, "test"), *config = result_string(difference, "config"),
		   *before = result_string(difference, "before"), *now = result_string(difference, "now");
	const char *reason = result_string(difference, "reason");
	bool failure = *test || *reason || json_array_size(json_object_get(difference, "messages"));

	return text_format("%s%s%s: %s -> %s",
			   *test   ? test :
			   failure ? "the run" :
				     "",
			   *test || failure ? " in " : "", config,
			   *before ? before :
			   failure ? "no failure" :
				     "not run",
			   *now	   ? now :
			   failure ? "no failure" :
				     "not run");
}
