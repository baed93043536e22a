/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/series_changes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_find.h"
#include "runner/report/diff_judge.h"
#include "runner/report/diff_kinds.h"
#include "runner/report/host_events.h"

/* Two neighbours. */
struct step {
	const struct series_host *host;
	const struct series_kernel_results *before, *now;
	json_t *changes;
	size_t count;
};

/* What a change is about: "" for all that it is not. */
struct subject {
	const char *test, *feature, *configuration;
};

static const char *const meanings[] = {
	[CHANGE_MEANS_WORSE] = "worse",	    [CHANGE_MEANS_BETTER] = "better",
	[CHANGE_MEANS_STILL] = "still bad", [CHANGE_MEANS_OTHERWISE] = "different",
	[CHANGE_MEANS_NEITHER] = "neither",
};

static void add(struct step *s, const char *kind, enum change_meaning means, const struct subject *about,
		const char *before, const char *now, const char *why, const char *at, const json_t *messages)
{
	json_array_append_new(s->changes,
			      json_pack("{s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
					"host", text_json(s->host->name), "from",
					text_json(series_kernel_text(s->before, "version")), "to",
					text_json(series_kernel_text(s->now, "version")), "kind", kind,
					"means", meanings[means], "test", text_json_or_null(about->test),
					"feature", text_json_or_null(about->feature), "configuration",
					text_json_or_null(about->configuration), "before",
					text_json_or_null(before), "now", text_json_or_null(now), "why",
					text_json_or_null(why), "at", text_json_or_null(at), "messages",
					messages ? json_deep_copy(messages) : json_array()));
	s->count++;
}

/* That a test could not be shown this time is no change, nor is what fails as before. */
static bool is_no_change(const struct change *c)
{
	return c->kind == CHANGE_BAD_LUCK || (c->kind == CHANGE_STILL_FAILING && !strcmp(c->before, c->now));
}

static void add_found(struct step *s, const struct change *c)
{
	bool of_host = c->kind == CHANGE_NO_VM || !strcmp(c->test, DIFF_THE_HOST);
	const struct subject about = {
		.test = of_host ? "" : c->test,
		.configuration = of_host ? "" : c->where,
	};

	add(s, change_kinds[c->kind].name, change_kinds[c->kind].means, &about, c->before, c->now, c->why,
	    c->at, c->messages);
}

static void compare_bits(struct step *s, const json_t *before, const json_t *now, bool hint,
			 const char *configuration)
{
	const char *key = hint ? "hints" : "features", *word = *configuration ? "advertised" : "offered";
	uint32_t was = (uint32_t)result_number(before, key), is = (uint32_t)result_number(now, key);
	char *without = text_format("not %s", word);

	for (int bit = 0; bit < 32; bit++) {
		bool came = is >> bit & 1;
		char *name;

		if (!((was ^ is) >> bit & 1))
			continue;
		name = text_format("%s (%s %d)", pv_bit_name(hint, bit), hint ? "hint" : "bit", bit);
		add(s, came ? "feature came" : "feature went", CHANGE_MEANS_OTHERWISE,
		    &(struct subject){.feature = name, .configuration = configuration}, came ? without : word,
		    came ? word : without, "", "", NULL);
		free(name);
	}
	free(without);
}

static const json_t *offer_of(const struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const json_t *offer = json_object_get(json_object_get(set->all[i].rest, "expected"), "kvm");

		if (json_is_object(offer))
			return offer;
	}
	return NULL;
}

/* What KVM offers, and what guests of each configuration see of it. */
static void compare_features(struct step *s, const struct diff_pairs *pairs)
{
	const json_t *before = offer_of(&s->before->results), *now = offer_of(&s->now->results);

	for (int hint = 0; before && now && hint < 2; hint++)
		compare_bits(s, before, now, hint, "");
	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->all[i];

		before = p->before ? json_object_get(p->before->rest, "guest") : NULL;
		now = p->now ? json_object_get(p->now->rest, "guest") : NULL;
		for (int hint = 0; hint < 2; hint++)
			if (result_number(before, "base") && result_number(now, "base"))
				compare_bits(s, before, now, hint, p->name);
	}
}

/* A test that was skipped for one reason, and is for another: it ran on neither side, so that no comparison sees it. */
static void compare_skips(struct step *s, const struct diff_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const struct pair *p = &pairs->all[i];
		size_t next = 0;

		for (size_t j = 0; p->now && j < p->now->test_count; j++) {
			const struct result_test *now = &p->now->tests[j];
			const struct result_test *before = result_set_find_test(p->before, now->name, &next);

			if (!before || result_test_ran(before) || result_test_ran(now) ||
			    !before->has_unmet || !now->has_unmet || before->unmet == UNMET_LUCK ||
			    now->unmet == UNMET_LUCK ||
			    (before->unmet == now->unmet && !strcmp(before->unmet_what, now->unmet_what)))
				continue;
			add(s, "skipped otherwise", CHANGE_MEANS_NEITHER,
			    &(struct subject){.test = now->name, .configuration = p->name}, before->reason,
			    now->reason, "", "", NULL);
		}
	}
}

/* How a host ended that has left no result at all. The caller frees it. */
static char *fate_of(const struct series_kernel_results *kernel)
{
	char *path = text_format("%s/", kernel->folder), *why = host_events_end(path);

	free(path);
	return why ? why : text_format("nothing came back");
}

/* One of the two hosts died, or started nothing, before any result was there. */
static void compare_fates(struct step *s)
{
	const struct subject none = {NULL, NULL, NULL};
	bool lost = s->before->results.count;
	char *why = fate_of(lost ? s->now : s->before);

	add(s, change_kinds[lost ? CHANGE_NO_VM : CHANGE_CAN_RUN].name,
	    lost ? CHANGE_MEANS_WORSE : CHANGE_MEANS_BETTER, &none, lost ? "runs" : "runs nothing",
	    lost ? "runs nothing" : "runs", why, "", NULL);
	free(why);
}

static bool checked_anything(const struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if (diff_checked_anything(&set->all[i]))
			return true;
	return false;
}

static void compare_results(struct step *s)
{
	const struct diff_terms terms = {0};
	struct diff diff;
	char *why;

	if (diff_find(&diff, &s->before->results, &s->now->results, &terms, &why)) {
		compare_features(s, &diff.pairs);
		for (size_t i = 0; i < diff.count; i++)
			if (!is_no_change(&diff.all[i]))
				add_found(s, &diff.all[i]);
		compare_skips(s, &diff.pairs);
	} else if (checked_anything(&s->before->results) || checked_anything(&s->now->results)) {
		add(s, "cannot compare", CHANGE_MEANS_OTHERWISE, &(struct subject){NULL, NULL, NULL}, "", "",
		    why, "", NULL);
	}
	free(why);
	diff_free(&diff);
}

size_t series_changes_find(json_t *changes, const struct series_host *host,
			   const struct series_kernel_results *before,
			   const struct series_kernel_results *now)
{
	struct step step = {.host = host, .before = before, .now = now, .changes = changes};

	if (before->results.count && now->results.count)
		compare_results(&step);
	else if (before->results.count || now->results.count)
		compare_fates(&step);
	return step.count;
}
