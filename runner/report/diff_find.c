/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_find.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_finder.h"
#include "runner/report/diff_host_fate.h"
#include "runner/report/diff_judge.h"
#include "runner/report/host_events.h"
#include "runner/report/join_names.h"

const char *diff_keep(struct finder *f, char *text)
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

void diff_add(struct finder *f, struct change change)
{
	struct diff *c = f->changes;

	c->all = alloc_grow(c->all, c->count, sizeof(*c->all));
	c->all[c->count++] = change;
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
	diff_add(f, change);
}

static const char *counts_of(struct finder *f, const struct result_entry *r)
{
	const json_t *counts = json_object_get(r->rest, "counts");
	long long pass = result_count(counts, "pass"), skip = result_count(counts, "skip");
	long long rest = (long long)r->test_count - result_add(pass, skip);

	return r->test_count ?
		       diff_keep(f, text_format("%lld passed, %lld failed, %lld skipped", pass, rest, skip)) :
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
		change.why = diff_keep(f, text_format("%s; before: %s", counts_of(f, p->now),
						      diff_reason(p->before)));
	} else {
		return false;
	}
	diff_add(f, change);
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
	diff_tests(f, p);
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

		f->no_vm[i] = reason ? diff_keep(f, reason) : NULL;
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
			diff_add(f, (struct change){
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
