/* SPDX-License-Identifier: BSD-2-Clause */
/* What has changed about the tests of a configuration. */
#include "runner/report/diff_finder.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_costs.h"
#include "runner/report/join_names.h"

static const char *now_elsewhere(struct finder *f, const char *why, const json_t *places)
{
	char *names = join_names(places), *text = text_format("%s; now it runs in %s", why, names);

	free(names);
	return diff_keep(f, text);
}

/* A suite that is older may not have looked, and luck may have kept a test from seeing it. */
static void compare_behaviour(struct finder *f, const struct pair *p, const struct result_test *before,
			      const struct result_test *now)
{
	if (!*before->observed || !*now->observed || !strcmp(before->observed, now->observed))
		return;
	diff_add(f, (struct change){
			    .kind = CHANGE_BEHAVIOUR,
			    .where = p->name,
			    .test = now->name,
			    .before = before->observed,
			    .now = now->observed,
			    .why = "",
			    .at = "",
		    });
}

static void compare_costs(struct finder *f, const struct pair *p, const struct result_test *before,
			  const struct result_test *now)
{
	long percent = diff_costs_on_hardware(p) ? f->terms->judge_cost : 0;
	struct cost_change change;
	const json_t *cost;
	size_t i;

	json_array_foreach(now->costs, i, cost) {
		const char *operation = result_string(cost, "operation");
		const json_t *cost_before = diff_cost_of(before->costs, operation);

		if (!cost_before || !diff_cost(cost_before, cost, percent, &change))
			continue;
		diff_add(f, (struct change){
				    .kind = change.more ? CHANGE_COSTS_MORE : CHANGE_COSTS_LESS,
				    .where = p->name,
				    .test = now->name,
				    .before = diff_keep(f, change.before),
				    .now = diff_keep(f, change.now),
				    .why = operation,
				    .at = "",
			    });
	}
}

static const char *suite_version(const struct result_entry *r)
{
	return result_string(json_object_get(r->rest, "guest"), "version");
}

/*
 * Whether the feature acted in a test that passed before and passes now. From another version's results it cannot be
 * told that it did: there, the test may not have been able to say that it did not.
 */
static void compare_acting(struct finder *f, const struct pair *p, const struct result_test *before,
			   const struct result_test *now)
{
	if (!*before->inert == !*now->inert ||
	    (*now->inert && strcmp(suite_version(p->before), suite_version(p->now)) != 0))
		return;
	diff_add(f, (struct change){
			    .kind = *now->inert ? CHANGE_NOT_SHOWN : CHANGE_SHOWN,
			    .where = p->name,
			    .test = now->name,
			    .before = *before->inert ? "inert" : "acting",
			    .now = *now->inert ? "inert" : "acting",
			    .why = *now->inert ? now->inert : before->inert,
			    .at = "",
		    });
}

static void add_test(struct finder *f, const struct pair *p, const char *name, enum change_kind kind,
		     const struct test_side *before, const struct test_side *now, const char *why)
{
	/* Of what was fixed, what was wrong before. */
	const struct test_side *shown = kind == CHANGE_FIXED ? before : now;
	bool is_known = before->test || json_object_get(f->known[p->host].before, name);

	diff_add(f, (struct change){
			    .kind = kind,
			    .where = p->name,
			    .test = name,
			    .before = is_known ? before->verdict : "new",
			    .now = now->verdict,
			    .why = why ? why : shown->why,
			    .at = shown->test ? shown->test->at : "",
			    .messages = shown->messages,
		    });
}

static void compare_test(struct finder *f, const struct pair *p, const char *name,
			 const struct result_test *test_before, const struct result_test *test_now)
{
	const struct known_tests *known = &f->known[p->host];
	struct test_side before = diff_side(test_before, name, p->before, known->before);
	struct test_side now = diff_side(test_now, name, p->now, known->now);
	bool ran_before = result_test_ran(test_before), runs_now = result_test_ran(test_now);
	const char *why = NULL;
	enum change_kind kind;

	if (ran_before && runs_now) {
		kind = diff_judge_run(&before, &now);
		if (kind == CHANGE_KINDS) {
			compare_behaviour(f, p, test_before, test_now);
			compare_acting(f, p, test_before, test_now);
			compare_costs(f, p, test_before, test_now);
			return;
		}
	} else if (ran_before) {
		const json_t *places = diff_moved_to(known, name);

		kind = diff_judge_loss(p, known, name, &before, &now);
		if (places &&
		    (kind == CHANGE_MOVED || kind == CHANGE_DOES_NOT_APPLY || kind == CHANGE_GAVE_UP))
			why = now_elsewhere(f, now.why, places);
	} else if (test_now && result_test_is_bad(test_now)) {
		kind = CHANGE_FAILS_NEW;
	} else if (!json_object_get(known->before, name)) {
		/* Listed once, where it runs; or with why it does not, if it runs nowhere. */
		if (!runs_now && json_is_true(json_object_get(known->now, name)))
			return;
		kind = CHANGE_NEW_TEST;
	} else if (runs_now && !diff_is_luck(&before)) {
		kind = CHANGE_GAINED;
		why = diff_keep(f, text_format("before: %s", before.why));
	} else {
		return;
	}
	add_test(f, p, name, kind, &before, &now, why);
}

/* Of a configuration that has come or gone as a whole, only what makes a difference. */
static bool is_told_elsewhere(const struct known_tests *known, const struct pair *p,
			      const struct result_test *before, const struct result_test *now)
{
	if (before && !(p->now && p->now->test_count))
		return json_is_true(json_object_get(known->now, before->name));
	if (now && !(p->before && p->before->test_count))
		return now->verdict == VERDICT_PASS &&
		       json_is_true(json_object_get(known->before, now->name));
	return false;
}

void diff_tests(struct finder *f, const struct pair *p)
{
	const struct known_tests *known = &f->known[p->host];
	const struct result_test *test;
	size_t next = 0;

	for (size_t i = 0; p->now && i < p->now->test_count; i++) {
		test = &p->now->tests[i];
		if (!is_told_elsewhere(known, p, NULL, test))
			compare_test(f, p, test->name, result_set_find_test(p->before, test->name, &next),
				     test);
	}
	next = 0;
	for (size_t i = 0; p->before && i < p->before->test_count; i++) {
		test = &p->before->tests[i];
		if (!result_set_find_test(p->now, test->name, &next) &&
		    !is_told_elsewhere(known, p, test, NULL))
			compare_test(f, p, test->name, test, NULL);
	}
}
