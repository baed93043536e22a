/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_find.h"
#include "runner/common/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/host_log.h"
#include "runner/report/join_names.h"

/* Which tests there are on one host, to tell one that is gone from one that runs elsewhere. */
struct known_tests {
	json_t *before, *now; /* name -> whether it ran anywhere */
	json_t *newly; /* name -> names of the pairs that run it now, and did not before */
	json_t *stayed; /* names of tests that run in a pair now and ran there before */
};

struct finder {
	struct diff *changes;
	const struct result_set *before, *now;
	struct known_tests *known; /* by index of the pair of hosts */
};

/* A test as one side has it, or what to say where it does not have it. */
struct view {
	const char *verdict, *why;
	const json_t *messages;
	bool ran;
};

/* @array with room for one more. Its size doubles whenever it is full. */
static void *grow(void *array, size_t count, size_t size)
{
	void *bigger;

	if (count & (count - 1))
		return array;
	bigger = alloc_bytes((count ? 2 * count : 1) * size);
	if (count)
		memcpy(bigger, array, count * size);
	free(array);
	return bigger;
}

/* @text, which it takes over, for as long as the changes are there: one copy of it. */
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

	c->all = grow(c->all, c->count, sizeof(*c->all));
	c->all[c->count++] = change;
}

static bool ran(const struct result_test *test)
{
	return test && strcmp(test->verdict, "skip") != 0;
}

static bool passed(const struct view *v)
{
	return !strcmp(v->verdict, "pass");
}

static bool checked_anything(const struct result_entry *r)
{
	for (size_t i = 0; r && i < r->test_count; i++)
		if (ran(&r->tests[i]))
			return true;
	return false;
}

/* Most tests are in the same order in both runs: *@next is where the search begins, and the next one will. */
static const struct result_test *find_test(const struct result_entry *r, const char *name, size_t *next)
{
	for (size_t i = 0; r && i < r->test_count; i++) {
		size_t at = (*next + i) % r->test_count;

		if (strcmp(r->tests[at].name, name) != 0)
			continue;
		*next = at + 1;
		return &r->tests[at];
	}
	return NULL;
}

/* NULL when there are none. */
static const json_t *errors_of(const struct result_entry *r)
{
	const json_t *errors = r ? json_object_get(r->rest, "errors") : NULL;

	return json_array_size(errors) ? errors : NULL;
}

/* Why a result is what it is, in one line. */
static const char *reason_of(const struct result_entry *r)
{
	const char *reason = r ? result_string(r->rest, "reason") : "it is not in this run";
	const char *error = json_string_value(json_array_get(errors_of(r), 0));

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

/* The bits of the feature that a reason is about: "kvm-pv-ipi is advertised; use ...". 0: of none. */
static uint32_t features_in(const char *reason, const char *verb)
{
	static const char bit_name[] = "feature bit ";
	const char *end = strstr(reason, verb), *names;
	const struct pv_feature *feature;
	uint32_t bits = 0;
	char *name;

	if (!end)
		return 0;
	name = text_format("%.*s", (int)(end - reason), reason);
	names = name;
	feature = pv_feature_next(&names);
	if (feature)
		bits = feature->features;
	else if (!strncmp(name, bit_name, strlen(bit_name)))
		bits = 1U << (strtoul(name + strlen(bit_name), NULL, 10) & 31);
	free(name);
	return bits;
}

/* Is it skipped for this reason because the host has more to offer than before? */
static bool is_for_a_gain(const struct pair *p, const char *reason)
{
	uint32_t bits = features_in(reason, " is advertised;");

	return bits && (features_of(p->before) & bits) != bits && (features_of(p->now) & bits) == bits;
}

/*
 * Is it skipped for this reason because the host hides at last what nobody should have seen? Either the
 * configuration says so, or QEMU had not been asked for it before.
 */
static bool is_as_wanted(const struct pair *p, const char *reason)
{
	uint32_t bits = features_in(reason, " is not advertised;");
	const json_t *asked = json_object_get(json_object_get(p->before->rest, "expected"), "qemu");
	const char *absent = result_string(json_object_get(p->now->rest, "config"), "absent");
	const struct pv_feature *feature;

	while (bits && *absent && (feature = pv_feature_next(&absent)))
		if (feature->features & bits)
			return true;
	return bits && json_is_object(asked) && !(result_number(asked, "features") & bits);
}

/* Of "a.c:17: EXPECT_EQ(...": "a.c:17". */
static const char *location(struct finder *f, const json_t *messages)
{
	const char *message = json_string_value(json_array_get(messages, 0)), *colon;

	if (!message)
		return "";
	colon = strchr(message, ':');
	if (!colon)
		return message;
	colon += 1 + strspn(colon + 1, "0123456789");
	return keep(f, text_format("%.*s", (int)(colon - message), message));
}

/* How a busy machine let the VM run is no property of a host. Tests say so in their reasons. */
static bool is_luck(const char *reason)
{
	static const char beginning[] = "this time ";

	return !strncmp(reason, beginning, strlen(beginning));
}

/* @known: of the same side. */
static struct view view(const struct result_test *test, const char *name, const struct result_entry *r,
			const json_t *known)
{
	if (test)
		return (struct view){test->verdict, test->reason, test->messages, ran(test)};
	if (!r || !r->test_count)
		return (struct view){"not run", "no other configuration runs it", NULL, false};
	if (was_cut_short(r))
		return (struct view){"not run", reason_of(r), NULL, false};
	if (json_object_get(known, name))
		return (struct view){"missing", "this configuration does not have it", NULL, false};
	return (struct view){"missing", "there is no such test: has it got another name?", NULL, false};
}

static const char *now_elsewhere(struct finder *f, const char *why, const json_t *places)
{
	char *names = join_names(places), *text = text_format("%s; now it runs in %s", why, names);

	free(names);
	return keep(f, text);
}

/*
 * It was checked, and is not any more. That it runs elsewhere now excuses nothing where a feature was
 * lost: this configuration's guests do not get it back by that. And what still runs where it ran has not
 * moved, if there is one more configuration now.
 */
static enum change_kind judge_loss(struct finder *f, const struct pair *p, const char *name,
				   const struct view *before, struct view *now)
{
	const struct known_tests *known = &f->known[p->host];
	const json_t *newly = json_object_get(known->stayed, name) ? NULL :
								     json_object_get(known->newly, name);
	enum change_kind kind = CHANGE_LOST;

	if (p->now && p->now->test_count) {
		if (was_cut_short(p->now) && !strcmp(now->verdict, "not run"))
			return passed(before) ? CHANGE_REGRESSED : CHANGE_STILL_FAILING;
		if (is_for_a_gain(p, now->why) || is_as_wanted(p, now->why))
			kind = CHANGE_DOES_NOT_APPLY;
		else if (is_luck(now->why))
			return CHANGE_BAD_LUCK;
		else if (newly && !(features_of(p->before) & ~features_of(p->now)))
			kind = CHANGE_MOVED;
	}
	if (kind == CHANGE_LOST && !strcmp(before->verdict, "error"))
		kind = CHANGE_GAVE_UP;
	if (newly && kind != CHANGE_LOST)
		now->why = now_elsewhere(f, now->why, newly);
	return kind;
}

/* A suite that is older may not have looked, and luck may have kept a test from telling. */
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
		       .location = "",
	       });
}

static void compare_test(struct finder *f, const struct pair *p, const char *name,
			 const struct result_test *test_before, const struct result_test *test_now)
{
	const struct known_tests *known = &f->known[p->host];
	struct view before = view(test_before, name, p->before, known->before);
	struct view now = view(test_now, name, p->now, known->now);
	enum change_kind kind;

	if (before.ran && now.ran) {
		if (passed(&before) && passed(&now)) {
			compare_behaviour(f, p, test_before, test_now);
			return;
		}
		if (passed(&now)) {
			kind = CHANGE_FIXED;
			now.why = before.why;
			now.messages = before.messages;
		} else {
			kind = passed(&before) ? CHANGE_REGRESSED : CHANGE_STILL_FAILING;
		}
	} else if (before.ran) {
		kind = judge_loss(f, p, name, &before, &now);
	} else if (now.ran && !passed(&now)) {
		kind = CHANGE_FAILS_NEW;
	} else if (!json_object_get(known->before, name)) {
		/* Told once, where it runs; or why it does not, if it runs nowhere. */
		if (!now.ran && json_is_true(json_object_get(known->now, name)))
			return;
		kind = CHANGE_NEW_TEST;
	} else if (now.ran && !is_luck(before.why)) {
		kind = CHANGE_GAINED;
		now.why = keep(f, text_format("before: %s", before.why));
	} else {
		return;
	}
	add(f, (struct change){
		       .kind = kind,
		       .where = p->name,
		       .test = name,
		       .before = test_before || json_object_get(known->before, name) ? before.verdict : "new",
		       .now = now.verdict,
		       .why = now.why,
		       .location = location(f, now.messages),
		       .messages = now.messages,
	       });
}

/* Of a configuration that has come or gone as a whole, only what makes a difference. */
static bool is_told_elsewhere(const struct known_tests *known, const struct pair *p,
			      const struct result_test *before, const struct result_test *now)
{
	if (before && !(p->now && p->now->test_count))
		return json_is_true(json_object_get(known->now, before->name));
	if (now && !(p->before && p->before->test_count))
		return !strcmp(now->verdict, "pass") &&
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
			compare_test(f, p, test->name, find_test(p->before, test->name, &next), test);
	}
	next = 0;
	for (size_t i = 0; p->before && i < p->before->test_count; i++) {
		test = &p->before->tests[i];
		if (!find_test(p->now, test->name, &next) && !is_told_elsewhere(known, p, test, NULL))
			compare_test(f, p, test->name, test, NULL);
	}
}

/* What went wrong outside of any test. @ran_before: whether there was anything to go wrong before. */
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
		.location = "",
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
	change.location = location(f, change.messages);
	add(f, change);
}

static const char *counts_of(struct finder *f, const struct result_entry *r)
{
	const json_t *counts = json_object_get(r->rest, "counts");
	long long pass = result_number(counts, "pass"), skip = result_number(counts, "skip");

	return r->test_count ? keep(f, text_format("%lld passed, %lld failed, %lld skipped", pass,
						   (long long)r->test_count - pass - skip, skip)) :
			       reason_of(r);
}

/* Returns whether it cannot run any more. */
static bool compare_configs(struct finder *f, const struct pair *p)
{
	struct change change = {.where = p->name, .test = "", .before = "", .now = "", .location = ""};

	if (!p->before) {
		change.kind = CHANGE_NEW_CONFIG;
		change.why = counts_of(f, p->now);
	} else if (checked_anything(p->before) && !(p->now && p->now->test_count)) {
		change.kind = CHANGE_CANNOT_RUN;
		change.why = reason_of(p->now);
	} else if (!p->before->test_count && checked_anything(p->now)) {
		change.kind = CHANGE_CAN_RUN;
		change.why =
			keep(f, text_format("%s; before: %s", counts_of(f, p->now), reason_of(p->before)));
	} else {
		return false;
	}
	add(f, change);
	return change.kind == CHANGE_CANNOT_RUN;
}

static void compare_pair(struct finder *f, const struct pair *p)
{
	bool gone = compare_configs(f, p);

	/* Of what was not run at all, each test would be the same news. */
	if (!p->now)
		return;
	if (!gone)
		compare_errors(f, p->name, "the run itself", errors_of(p->before), errors_of(p->now),
			       p->before && p->before->test_count);
	compare_tests(f, p);
}

static void learn_tests(json_t *known, const struct result_entry *r)
{
	for (size_t i = 0; r && i < r->test_count; i++)
		if (ran(&r->tests[i]) || !json_object_get(known, r->tests[i].name))
			json_object_set_new(known, r->tests[i].name, json_boolean(ran(&r->tests[i])));
}

static void learn(struct finder *f, const struct pair *p)
{
	struct known_tests *known = &f->known[p->host];
	json_t *name = text_json(p->name);
	size_t next = 0;

	/* What was left out is taken to be what it was. */
	learn_tests(known->before, p->before);
	learn_tests(known->now, p->left_out ? p->before : p->now);
	for (size_t i = 0; p->now && i < p->now->test_count; i++) {
		const struct result_test *test = &p->now->tests[i];

		if (!ran(test))
			continue;
		if (ran(find_test(p->before, test->name, &next))) {
			json_object_set_new(known->stayed, test->name, json_true());
			continue;
		}
		if (!json_object_get(known->newly, test->name))
			json_object_set_new(known->newly, test->name, json_array());
		json_array_append(json_object_get(known->newly, test->name), name);
	}
	json_decref(name);
}

/* NULL when there are none. */
static const json_t *complaints(struct finder *f, const struct result_set *set, const char *host)
{
	for (size_t i = 0; i < set->count; i++) {
		json_t *lines;

		if (strcmp(set->all[i].host, host) != 0)
			continue;
		lines = host_log_complaints(set->all[i].path);
		json_array_append_new(f->changes->complaints, lines);
		return json_array_size(lines) ? lines : NULL;
	}
	return NULL;
}

static void compare_hosts(struct finder *f, const struct pair_of_hosts *hosts)
{
	compare_errors(f, *hosts->now ? hosts->now : "this host", "the host itself",
		       complaints(f, f->before, hosts->before), complaints(f, f->now, hosts->now), true);
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
	bool checked = false, common = false, ran_now = false;
	const struct result_entry *broken = NULL;

	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->all[i];

		common |= p->before && p->now;
		checked |= !p->left_out && (checked_anything(p->before) || checked_anything(p->now));
		ran_now |= p->now && p->now->test_count;
		if (p->now && result_status(p->now->rest) == RESULT_CANNOT_RUN)
			broken = p->now;
	}
	if (!common)
		return nothing_common(f);
	if (broken && !ran_now)
		return text_format("nothing ran now: %s: %s", broken->label, reason_of(broken));
	if (!checked)
		return text_format("neither run has checked anything");
	return NULL;
}

bool diff_find(struct diff *changes, const struct result_set *before, const struct result_set *now, bool part,
	       char **why)
{
	struct finder f = {.changes = changes, .before = before, .now = now};
	const struct diff_pairs *pairs = &changes->pairs;

	*changes = (struct diff){.texts = json_object(), .complaints = json_array()};
	diff_pairs_make(&changes->pairs, before, now, part);
	*why = why_not(&f);
	if (*why)
		return false;
	f.known = alloc_bytes(pairs->host_count * sizeof(*f.known));
	for (size_t i = 0; i < pairs->host_count; i++)
		f.known[i] = (struct known_tests){json_object(), json_object(), json_object(), json_object()};
	for (size_t i = 0; i < pairs->count; i++)
		learn(&f, &pairs->all[i]);
	for (size_t i = 0; i < pairs->host_count; i++)
		compare_hosts(&f, &pairs->hosts[i]);
	for (size_t i = 0; i < pairs->count; i++)
		if (!pairs->all[i].left_out)
			compare_pair(&f, &pairs->all[i]);
	for (size_t i = 0; i < pairs->host_count; i++) {
		json_decref(f.known[i].before);
		json_decref(f.known[i].now);
		json_decref(f.known[i].newly);
		json_decref(f.known[i].stayed);
	}
	free(f.known);
	return true;
}

void diff_free(struct diff *changes)
{
	diff_pairs_free(&changes->pairs);
	free(changes->all);
	json_decref(changes->texts);
	json_decref(changes->complaints);
}
