/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_judge.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

static void learn(json_t *known, const struct result_entry *r)
{
	for (size_t i = 0; r && i < r->test_count; i++) {
		bool ran = result_test_ran(&r->tests[i]);

		if (ran || !json_object_get(known, r->tests[i].name))
			json_object_set_new(known, r->tests[i].name, json_boolean(ran));
	}
}

void known_tests_init(struct known_tests *known)
{
	*known = (struct known_tests){json_object(), json_object(), json_object(), json_object()};
}

void known_tests_add(struct known_tests *known, const struct pair *p)
{
	json_t *name = text_json(p->name);
	size_t next = 0;

	/* What was left out is taken to be what it was. */
	learn(known->before, p->before);
	learn(known->now, p->left_out ? p->before : p->now);
	for (size_t i = 0; p->now && i < p->now->test_count; i++) {
		const struct result_test *test = &p->now->tests[i];

		if (!result_test_ran(test))
			continue;
		if (result_test_ran(result_set_find_test(p->before, test->name, &next))) {
			json_object_set_new(known->stayed, test->name, json_true());
			continue;
		}
		if (!json_object_get(known->newly, test->name))
			json_object_set_new(known->newly, test->name, json_array());
		json_array_append(json_object_get(known->newly, test->name), name);
	}
	json_decref(name);
}

void known_tests_free(struct known_tests *known)
{
	json_decref(known->before);
	json_decref(known->now);
	json_decref(known->newly);
	json_decref(known->stayed);
}

bool diff_checked_anything(const struct result_entry *r)
{
	for (size_t i = 0; r && i < r->test_count; i++)
		if (result_test_ran(&r->tests[i]))
			return true;
	return false;
}

const json_t *diff_errors(const struct result_entry *r)
{
	const json_t *errors = r ? json_object_get(r->rest, "errors") : NULL;

	return json_array_size(errors) ? errors : NULL;
}

const char *diff_reason(const struct result_entry *r)
{
	const char *reason = r ? result_string(r->rest, "reason") : "it is not in this run";
	const char *error = json_string_value(json_array_get(diff_errors(r), 0));

	return !*reason && error ? error : reason;
}

static bool was_cut_short(const struct result_entry *r)
{
	const json_t *counts = r ? json_object_get(r->rest, "counts") : NULL;

	return result_number(counts, "not_run") || result_number(counts, "suites_not_run");
}

static uint32_t features_of(const struct result_entry *r)
{
	return (uint32_t)result_number(json_object_get(r->rest, "guest"), "features");
}

/* The bits of the feature that an unmet need names: QEMU's property, or "bit-N". 0: none that is known. */
static uint32_t feature_bits(const char *what)
{
	static const char unnamed[] = "bit-";
	const struct pv_feature *feature;

	if (!strncmp(what, unnamed, strlen(unnamed)))
		return 1U << (strtoul(what + strlen(unnamed), NULL, 10) & 31);
	feature = pv_feature_next(&what);
	return feature && !*what ? feature->features : 0;
}

static uint32_t unmet_bits(const struct test_side *side, enum unmet_kind kind)
{
	const struct result_test *test = side->test;

	return test && test->has_unmet && test->unmet == kind ? feature_bits(test->unmet_what) : 0;
}

/* Is it skipped because its guests see a feature that they did not see before? */
static bool is_for_a_gain(const struct pair *p, const struct test_side *now)
{
	uint32_t bits = unmet_bits(now, UNMET_ADVERTISED);

	return bits && (features_of(p->before) & bits) != bits && (features_of(p->now) & bits) == bits;
}

/*
 * Is it skipped because its guests do not see any more what they should not have seen before? Either the configuration
 * wants the feature absent, or QEMU had not been asked for it.
 */
static bool is_as_wanted(const struct pair *p, const struct test_side *now)
{
	uint32_t bits = unmet_bits(now, UNMET_ABSENT);
	const json_t *asked = json_object_get(json_object_get(p->before->rest, "expected"), "qemu");
	const char *absent = result_string(json_object_get(p->now->rest, "config"), "absent");
	const struct pv_feature *feature;

	while (bits && *absent && (feature = pv_feature_next(&absent)))
		if (feature->features & bits)
			return true;
	return bits && json_is_object(asked) && !(result_number(asked, "features") & bits);
}

bool diff_is_luck(const struct test_side *side)
{
	return side->test && side->test->has_unmet && side->test->unmet == UNMET_LUCK;
}

struct test_side diff_side(const struct result_test *test, const char *name, const struct result_entry *r,
			   const json_t *known)
{
	if (test)
		return (struct test_side){test, verdict_name(test->verdict), test->reason, test->messages};
	if (!r || !r->test_count)
		return (struct test_side){NULL, "not run", "no other configuration runs it", NULL};
	if (was_cut_short(r))
		return (struct test_side){NULL, "not run", diff_reason(r), NULL};
	if (json_object_get(known, name))
		return (struct test_side){NULL, "missing", "this configuration does not have it", NULL};
	return (struct test_side){NULL, "missing", "there is no such test: has it got another name?", NULL};
}

static bool passed(const struct test_side *side)
{
	return side->test->verdict == VERDICT_PASS;
}

enum change_kind diff_judge_run(const struct test_side *before, const struct test_side *now)
{
	if (passed(now))
		return passed(before) ? CHANGE_KINDS : CHANGE_FIXED;
	return passed(before) ? CHANGE_REGRESSED : CHANGE_STILL_FAILING;
}

const json_t *diff_moved_to(const struct known_tests *known, const char *name)
{
	return json_object_get(known->stayed, name) ? NULL : json_object_get(known->newly, name);
}

enum change_kind diff_judge_loss(const struct pair *p, const struct known_tests *known, const char *name,
				 const struct test_side *before, const struct test_side *now)
{
	if (p->now && p->now->test_count) {
		if (!now->test && was_cut_short(p->now))
			return passed(before) ? CHANGE_REGRESSED : CHANGE_STILL_FAILING;
		if (is_for_a_gain(p, now) || is_as_wanted(p, now))
			return CHANGE_DOES_NOT_APPLY;
		if (diff_is_luck(now))
			return CHANGE_BAD_LUCK;
		if (diff_moved_to(known, name) && !(features_of(p->before) & ~features_of(p->now)))
			return CHANGE_MOVED;
	}
	return before->test->verdict == VERDICT_ERROR ? CHANGE_GAVE_UP : CHANGE_LOST;
}
