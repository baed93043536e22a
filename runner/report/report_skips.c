/* SPDX-License-Identifier: BSD-2-Clause */
/* What did not run: each reason with what would make it run, or, where that does not fit a screen, a line for each kind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"
#include "runner/report/grouped_lines.h"
#include "runner/report/join_names.h"
#include "runner/report/report.h"

/* More reasons than these are one line for each kind. */
#define REASONS_SHOWN 4

#define NO_KIND (UNMET_NOTHING + 1)
#define KINDS	(NO_KIND + 1)

/* After the number of tests, or of configurations. */
static const char *const kind_words[KINDS] = {
	[UNMET_ABSENT] = "for a feature that is not advertised",
	[UNMET_ADVERTISED] = "for the absence of a feature that is advertised",
	[UNMET_VCPUS] = "for more vCPUs",
	[UNMET_SETTING] = "for another configuration",
	[UNMET_MACHINE] = "for another virtual machine",
	[UNMET_PROCESSOR] = "for another virtual processor",
	[UNMET_HOST] = "for a host that is set in another way",
	[UNMET_LUCK] = "for what did not occur this time",
	[UNMET_UNKNOWN] = "for what this version does not know",
	[UNMET_REFUSED] = "refused by QEMU",
	[UNMET_ACCEL] = "for KVM",
	[UNMET_NOTHING] = "with no test that can validate anything",
	[NO_KIND] = "for other reasons",
};

/* The sets of one kind: keys of objects. */
struct kind {
	json_t *subjects; /* tests or configurations */
	json_t *whats;
};

struct skips {
	struct grouped_lines reasons;
	struct kind kinds[KINDS];
	size_t elsewhere; /* tests that ran in another configuration of the host: they need no advice */
};

static void init(struct skips *s, const struct result_set *set)
{
	*s = (struct skips){0};
	grouped_lines_init(&s->reasons, set);
	for (int i = 0; i < KINDS; i++)
		s->kinds[i] = (struct kind){json_object(), json_object()};
}

static void release(struct skips *s)
{
	grouped_lines_free(&s->reasons);
	for (int i = 0; i < KINDS; i++) {
		json_decref(s->kinds[i].subjects);
		json_decref(s->kinds[i].whats);
	}
}

static void add(struct skips *s, size_t result, const char *subject, const char *reason, int kind,
		const char *what)
{
	grouped_lines_add(&s->reasons, reason, result);
	json_object_set_new(s->kinds[kind].subjects, subject, json_true());
	if (*what)
		json_object_set_new(s->kinds[kind].whats, what, json_true());
}

/* Host -> tests that ran there in any configuration. */
static json_t *collect_ran(const struct result_set *set)
{
	json_t *ran = json_object();

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		json_t *here = json_object_get(ran, r->host);

		if (!here) {
			here = json_object();
			json_object_set_new(ran, r->host, here);
		}
		for (size_t j = 0; j < r->test_count; j++)
			if (result_test_ran(&r->tests[j]))
				json_object_set_new_nocheck(here, r->tests[j].name, json_true());
	}
	return ran;
}

static void collect_tests(struct skips *s, const struct result_set *set)
{
	json_t *ran = collect_ran(set);

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		const json_t *here = json_object_get(ran, r->host);

		for (size_t j = 0; j < r->test_count; j++) {
			const struct result_test *test = &r->tests[j];

			if (result_test_ran(test))
				continue;
			if (json_object_get(here, test->name))
				s->elsewhere++;
			else
				add(s, i, test->name, test->reason,
				    test->has_unmet ? (int)test->unmet : NO_KIND, test->unmet_what);
		}
	}
	json_decref(ran);
}

static void collect_runs(struct skips *s, const struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		enum unmet_kind kind;
		const char *what;

		if (r->verdict != VERDICT_SKIP)
			continue;
		/* Of these, the names say more than what is unmet, which is a message of QEMU's as a rule. */
		if (!unmet_from_json(json_object_get(r->rest, "unmet"), &kind, &what))
			kind = NO_KIND;
		add(s, i, r->label, result_string(r->rest, "reason"), (int)kind, "");
	}
}

static char *names_of(const json_t *object)
{
	json_t *names = json_array(), *value;
	const char *name;
	char *text;

	json_object_foreach((json_t *)object, name, value)
		json_array_append_new(names, json_string(name));
	text = join_names(names);
	json_decref(names);
	return text;
}

/* "    27 for another configuration: cold=on, enforce=on" */
static void print_kinds(const struct skips *s)
{
	for (int i = 0; i < KINDS; i++) {
		const struct kind *kind = &s->kinds[i];
		size_t count = json_object_size(kind->subjects);
		char *names;

		if (!count)
			continue;
		names = names_of(json_object_size(kind->whats) ? kind->whats : kind->subjects);
		text_print(stdout, "%6zu %s%s%s\n", count, kind_words[i], *names ? ": " : "", names);
		free(names);
	}
}

/* @what: the subject of the headings. */
static void print(const struct skips *s, const char *what, unsigned int how, bool verbose)
{
	const struct grouped_lines *list = &s->reasons;

	if (list->count > REASONS_SHOWN && !verbose) {
		text_print(stdout, "%s, by what they wait for (pvreport -v has each reason):\n", what);
		print_kinds(s);
		return;
	}
	if (list->count || s->elsewhere)
		text_print(stdout, "%s, by reason:\n", what);
	for (size_t i = 0; i < list->count; i++) {
		fputs("  ", stdout);
		grouped_lines_print_where(list, &list->all[i], how | (verbose ? WHERE_ALL : 0));
		text_print(stdout, ": %s\n", list->all[i].text);
	}
}

static void print_tests(const struct result_set *set, bool verbose)
{
	struct skips s;

	init(&s, set);
	collect_tests(&s, set);
	print(&s, "Skipped tests", WHERE_COUNTED, verbose);
	if (s.elsewhere)
		text_print(stdout, "  %zu%s skip%s: those tests ran in another configuration\n", s.elsewhere,
			   s.reasons.count ? " more" : "", s.elsewhere == 1 ? "" : "s");
	if (s.reasons.count || s.elsewhere)
		putchar('\n');
	release(&s);
}

static void print_runs(const struct result_set *set, bool verbose)
{
	struct skips s;

	init(&s, set);
	collect_runs(&s, set);
	print(&s, "Configurations that validated nothing", WHERE_ANYWHERE, verbose);
	if (s.reasons.count)
		putchar('\n');
	release(&s);
}

void report_skips(const struct result_set *set, bool verbose)
{
	print_tests(set, verbose);
	print_runs(set, verbose);
}
