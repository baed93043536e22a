/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_print.h"
#include "runner/common/alloc.h"

#include <stdlib.h>

#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_changes.h"
#include "runner/report/diff_find.h"
#include "runner/report/diff_hosts.h"
#include "runner/report/diff_kinds.h"

/* "; 2 fixed, 1 more checked". */
static void print_counts(const size_t *subjects, enum change_meaning means, const char *separator, FILE *out)
{
	for (int i = 0; i < CHANGE_KINDS; i++) {
		if (change_kinds[i].means != means || !subjects[i])
			continue;
		text_print(out, "%s%zu %s", separator, subjects[i],
			   subjects[i] == 1 ? change_kinds[i].one : change_kinds[i].many);
		separator = ", ";
	}
}

static bool any(const size_t *subjects, enum change_meaning means)
{
	for (int i = 0; i < CHANGE_KINDS; i++)
		if (change_kinds[i].means == means && subjects[i])
			return true;
	return false;
}

static const char *verdict(const size_t *subjects)
{
	return any(subjects, CHANGE_MEANS_WORSE)  ? "WORSE" :
	       any(subjects, CHANGE_MEANS_BETTER) ? "BETTER" :
						    "SAME";
}

static int status_of(const size_t *subjects)
{
	return any(subjects, CHANGE_MEANS_WORSE) ? STATUS_FAILED : STATUS_PASSED;
}

static void print_verdict(const size_t *subjects, FILE *out)
{
	bool worse = any(subjects, CHANGE_MEANS_WORSE), better = any(subjects, CHANGE_MEANS_BETTER),
	     still = any(subjects, CHANGE_MEANS_STILL);

	text_print(out, "%s %s before", verdict(subjects), worse || better ? "than" : "as");
	print_counts(subjects, CHANGE_MEANS_WORSE, ": ", out);
	print_counts(subjects, CHANGE_MEANS_BETTER, worse ? "; " : ": ", out);
	print_counts(subjects, CHANGE_MEANS_STILL, worse || better ? "; " : ": ", out);
	print_counts(subjects, CHANGE_MEANS_OTHERWISE, worse || better || still ? "; " : ", but ", out);
	fputc('\n', out);
}

char *diff_why_not(const struct result_set *before)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct result_entry *r = &before->all[i];

		/* Only a result that could not be loaded is of no schema. */
		if (!result_number(r->rest, "schema"))
			return text_format("%s",
					   json_string_value(
						   json_array_get(json_object_get(r->rest, "errors"), 0)));
	}
	return NULL;
}

int diff_print(const struct result_set *before, const struct result_set *now, const struct diff_terms *terms,
	       FILE *out)
{
	int status = STATUS_CANNOT_RUN;
	size_t subjects[CHANGE_KINDS] = {0};
	struct diff changes;
	char *why;

	if (diff_find(&changes, before, now, terms, &why)) {
		diff_hosts_print(&changes.pairs, out);
		diff_changes_print(&changes, subjects, out);
		print_verdict(subjects, out);
		status = status_of(subjects);
	} else {
		text_print(out, "CANNOT COMPARE: %s\n", why);
	}
	free(why);
	diff_free(&changes);
	return status;
}

static json_t *json_change(const struct change *c)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "kind", change_kinds[c->kind].name, "where",
			 text_json(c->where), "test", text_json_or_null(c->test), "before",
			 text_json_or_null(c->before), "now", text_json_or_null(c->now), "why",
			 text_json_or_null(c->why), "messages",
			 c->messages ? json_deep_copy(c->messages) : json_array());
}

json_t *diff_json(const struct result_set *before, const struct result_set *now,
		  const struct diff_terms *terms)
{
	json_t *list = json_array(), *comparison;
	size_t subjects[CHANGE_KINDS] = {0};
	struct diff changes;
	char *why;

	if (diff_find(&changes, before, now, terms, &why))
		for (size_t i = 0; i < changes.count; i++) {
			subjects[changes.all[i].kind]++;
			json_array_append_new(list, json_change(&changes.all[i]));
		}
	comparison = json_pack("{s:s, s:i, s:o, s:o}", "verdict", why ? "CANNOT COMPARE" : verdict(subjects),
			       "status", why ? STATUS_CANNOT_RUN : status_of(subjects), "why",
			       text_json_or_null(why), "changes", list);
	free(why);
	diff_free(&changes);
	return comparison;
}

char *diff_hosts_text(const struct result_set *before, const struct result_set *now,
		      const struct diff_terms *terms)
{
	char *text, *why;
	size_t size;
	FILE *out = alloc_stream(&text, &size);
	struct diff changes;

	if (diff_find(&changes, before, now, terms, &why))
		diff_hosts_print(&changes.pairs, out);
	fclose(out);
	free(why);
	diff_free(&changes);
	return text;
}
