/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_find.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_costs.h"
#include "runner/report/diff_host_fate.h"
#include "runner/report/diff_judge.h"
#include "runner/report/host_events.h"
#include "runner/report/join_names.h"

struct finder {
	struct diff *changes;
	const struct result_set *before, *now;
	const struct diff_terms *terms;
	/* By index of the pair of hosts: */
	struct known_tests *known;
	const char **no_vm; /* why none starts there any more, or NULL */
};

/* The copy of @text that lives as long as the changes do. Takes @text over. */
static const char *keep(struct finder *f, char *text)
{
	json_t *texts = f->changes->texts, *string = text_json(text), *kept;

	free(text);
	kept = json_object_get(texts, json_string_value(string));
	if (kept) {
		json_decref(string);
		return json_string_value(kept);
	}
	json_object_set_new(texts, json_string_value(string), string);
	return json_string_value(string);
}

static void add(struct finder *f, struct change change)
{
	struct diff *c = f->changes;

	c->all = alloc_grow(c->all, c->count, sizeof(*c->all));
	c->all[c->count++] = change;
}

static const char *now_elsewhere(struct finder *f, const char *why, const json_t *places)
{
	char *names = join_names(places), *text = text_format("%s; now it runs in %s", why, names);

	free(names);
	return keep(f, text);
}

/* A suite that is older may not have looked, and luck may have kept a test from seeing it. */
static void compare_behaviour(struct finder *f, const struct pair *p, const struct result_test *before,
			      const struct result_test *now)
{
	if (!*before->observed || !*now->observed || !strcmp(before->observed, now->observed))
		return;
	add(f, (struct change){
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
		add(f, (struct change){
			       .kind = change.more ? CHANGE_COSTS_MORE : CHANGE_COSTS_LESS,
			       .where = p->name,
			       .test = now->name,
			       .before = keep(f, change.before),
			       .now = keep(f, change.now),
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
	add(f, (struct change){
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

	add(f, (struct change){
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
		why = keep(f, text_format("before: %s", before.why));
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

static void compare_tests(struct finder *f, const struct pair *p)
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

/* What went wrong outside of any test. @ran_before: it was looked for before. */
static void compare_errors(struct finder *f, const char *where, const char *what, const json_t *before,
			   const json_t *now, bool ran_before)
{
	struct change change = {
		.where = where,
		.test = what,
		.before = before     ? "error" :
			  ran_before ? "good" :
				       "not run",
		.now = now ? "error" : "good",
		.why = "",
		.at = "",
		.messages = now ? now : before,
	};

	if (!before && !now)
		return;
	if (!now)
		change.kind = CHANGE_FIXED;
	else if (before)
		change.kind = CHANGE_STILL_FAILING;
	else
		change.kind = ran_before ? CHANGE_REGRESSED : CHANGE_FAILS_NEW;
	add(f, change);
}

static const char *counts_of(struct finder *f, const struct result_entry *r)
{
	const json_t *counts = json_object_get(r->rest, "counts");
	long long pass = result_count(counts, "pass"), skip = result_count(counts, "skip");
	long long rest = (long long)r->test_count - result_add(pass, skip);

	return r->test_count ?
		       keep(f, text_format("%lld passed, %lld failed, %lld skipped", pass, rest, skip)) :
		       diff_reason(r);
}

/* Returns whether it cannot run any more. */
static bool compare_configs(struct finder *f, const struct pair *p)
{
	struct change change = {.where = p->name, .test = "", .before = "", .now = "", .at = ""};

	if (!p->before) {
		change.kind = CHANGE_NEW_CONFIG;
		change.why = counts_of(f, p->now);
	} else if (diff_checked_anything(p->before) && !(p->now && p->now->test_count)) {
		change.kind = CHANGE_CANNOT_RUN;
		change.why = diff_reason(p->now);
	} else if (!p->before->test_count && diff_checked_anything(p->now)) {
		change.kind = CHANGE_CAN_RUN;
		change.why =
			keep(f, text_format("%s; before: %s", counts_of(f, p->now), diff_reason(p->before)));
	} else {
		return false;
	}
	add(f, change);
	return change.kind == CHANGE_CANNOT_RUN;
}

static void compare_pair(struct finder *f, const struct pair *p)
{
	bool gone = compare_configs(f, p);

	/* One line is enough for what was not run at all. */
	if (!p->now)
		return;
	if (!gone)
		compare_errors(f, p->name, DIFF_THE_RUN, diff_errors(p->before), diff_errors(p->now),
			       p->before && p->before->test_count);
	compare_tests(f, p);
}

/* Of the host called @host; NULL when there are none. *@known: whether the run recorded them. */
static const json_t *complaints(struct finder *f, const struct result_set *set, const char *host, bool *known)
{
	*known = false;
	for (size_t i = 0; i < set->count; i++) {
		json_t *lines;

		if (strcmp(set->all[i].host, host) != 0)
			continue;
		lines = host_events_complaints(set->all[i].path);
		if (lines)
			json_array_append_new(f->changes->complaints, lines);
		*known = lines;
		return json_array_size(lines) ? lines : NULL;
	}
	return NULL;
}

static const char *host_name(const struct pair_of_hosts *hosts)
{
	return *hosts->now ? hosts->now : "this host";
}

static void compare_hosts(struct finder *f, const struct pair_of_hosts *hosts)
{
	bool known_before, known_now;
	const json_t *before = complaints(f, f->before, hosts->before, &known_before);
	const json_t *now = complaints(f, f->now, hosts->now, &known_now);

	/* That this run did not record them fixes nothing. */
	if (now || known_now)
		compare_errors(f, host_name(hosts), DIFF_THE_HOST, before, now, known_before);
}

/* The caller frees it. */
static char *list_configs(const struct result_set *set)
{
	json_t *names = json_array();
	char *text;

	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(names, text_json(set->all[i].label));
	text = join_names(names);
	json_decref(names);
	return text;
}

/* The caller frees it. */
static char *nothing_common(struct finder *f)
{
	char *before = list_configs(f->before), *now = list_configs(f->now);
	char *text =
		text_format("nothing is in both runs: before there were %s; now there are %s", before, now);

	free(before);
	free(now);
	return text;
}

/* NULL: they can be compared. The caller frees it. */
static char *why_not(struct finder *f)
{
	const struct diff_pairs *pairs = &f->changes->pairs;
	bool checked = false, common = false;
	const struct result_entry *r;

	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->all[i];

		common |= p->before && p->now;
		checked |= !p->left_out &&
			   (diff_checked_anything(p->before) || diff_checked_anything(p->now));
	}
	if (!common)
		return nothing_common(f);
	for (size_t i = 0; i < pairs->host_count; i++) {
		r = diff_host_unknown(pairs, i);
		if (r && !f->no_vm[i])
			return text_format("nothing ran now: %s: %s", r->label, diff_reason(r));
	}
	if (!checked)
		return text_format("neither run has checked anything");
	return NULL;
}

static void find_no_vm(struct finder *f)
{
	const struct diff_pairs *pairs = &f->changes->pairs;

	f->no_vm = alloc_bytes(pairs->host_count * sizeof(*f->no_vm));
	for (size_t i = 0; i < pairs->host_count; i++) {
		char *reason = diff_host_no_vm(pairs, i);

		f->no_vm[i] = reason ? keep(f, reason) : NULL;
	}
}

static void compare_all(struct finder *f)
{
	const struct diff_pairs *pairs = &f->changes->pairs;

	f->known = alloc_bytes(pairs->host_count * sizeof(*f->known));
	for (size_t i = 0; i < pairs->host_count; i++)
		known_tests_init(&f->known[i]);
	for (size_t i = 0; i < pairs->count; i++)
		known_tests_add(&f->known[pairs->all[i].host], &pairs->all[i]);
	for (size_t i = 0; i < pairs->host_count; i++) {
		/* One entry is enough for all that was not run there. */
		if (f->no_vm[i])
			add(f, (struct change){
				       .kind = CHANGE_NO_VM,
				       .where = host_name(&pairs->hosts[i]),
				       .test = "",
				       .before = "",
				       .now = "",
				       .why = f->no_vm[i],
				       .at = "",
			       });
		else
			compare_hosts(f, &pairs->hosts[i]);
	}
	for (size_t i = 0; i < pairs->count; i++)
		if (!pairs->all[i].left_out && !f->no_vm[pairs->all[i].host])
			compare_pair(f, &pairs->all[i]);
	for (size_t i = 0; i < pairs->host_count; i++)
		known_tests_free(&f->known[i]);
	free(f->known);
}

bool diff_find(struct diff *changes, const struct result_set *before, const struct result_set *now,
	       const struct diff_terms *terms, char **why)
{
	struct finder f = {.changes = changes, .before = before, .now = now, .terms = terms};

	*changes = (struct diff){.texts = json_object(), .complaints = json_array()};
	diff_pairs_make(&changes->pairs, before, now, terms->part);
	find_no_vm(&f);
	*why = why_not(&f);
	if (!*why)
		compare_all(&f);
	free(f.no_vm);
	return !*why;
}

void diff_free(struct diff *changes)
{
	diff_pairs_free(&changes->pairs);
	free(changes->all);
	json_decref(changes->texts);
	json_decref(changes->complaints);
}
