/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/side_by_side.h"
#include "runner/common/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/colour.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/unmet.h"
#include "runner/report/side_by_side_table.h"

#define FIRST_COLUMN 24 /* or more, for the longest name */
#define COLUMN	     22
/* More do not fit on a screen. */
#define HOSTS_MAX 8
#define ROWS_MAX  12

static const char *host_of(const struct result_entry *r)
{
	return r->host;
}

static const char *config_of(const struct result_entry *r)
{
	return r->config;
}

/* All different keys in the order of their first use. */
static size_t collect(const struct result_set *set, const char *(*key)(const struct result_entry *),
		      const char ***keys)
{
	size_t count = 0, i, j;

	*keys = alloc_bytes(set->count * sizeof(**keys));
	for (i = 0; i < set->count; i++) {
		for (j = 0; j < count && (*keys)[j] != key(&set->all[i]); j++)
			;
		if (j == count)
			(*keys)[count++] = key(&set->all[i]);
	}
	return count;
}

static size_t position(const char *const *keys, const char *key)
{
	size_t i = 0;

	while (keys[i] != key)
		i++;
	return i;
}

static void make_table(struct side_table *t, const struct result_set *set)
{
	t->host_count = collect(set, host_of, &t->hosts);
	t->config_count = collect(set, config_of, &t->configs);
	t->first_column = FIRST_COLUMN;
	for (size_t i = 0; i < t->config_count; i++)
		if (strlen(t->configs[i]) > (size_t)t->first_column)
			t->first_column = (int)strlen(t->configs[i]);
	t->cells = alloc_bytes(t->host_count * t->config_count * sizeof(*t->cells));
	memset(t->cells, 0, t->host_count * t->config_count * sizeof(*t->cells));
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];

		t->cells[position(t->configs, r->config) * t->host_count + position(t->hosts, r->host)] = r;
	}
}

static void free_table(struct side_table *t)
{
	free(t->hosts);
	free(t->configs);
	free(t->cells);
}

void side_by_side_cell(FILE *out, const char *text)
{
	text_print(out, "  %-*.*s", COLUMN, COLUMN, text);
}

/* What the host is, from the first of its results that says so. */
static const char *describe(const struct side_table *t, size_t host, const char *part, const char *key)
{
	for (size_t i = 0; i < t->config_count; i++) {
		const struct result_entry *r = t->cells[i * t->host_count + host];
		const char *text = r ? result_string(json_object_get(r->rest, part), key) : "";

		if (*text)
			return text;
	}
	return "";
}

static void print_description(const struct side_table *t, const char *title, const char *part,
			      const char *key)
{
	text_print(stdout, "%-*s", t->first_column, title);
	for (size_t i = 0; i < t->host_count; i++) {
		const char *text = describe(t, i, part, key);
		/* The first word: what follows a version in brackets has no room here. */
		char *word = text_format("%.*s", (int)strcspn(text, " "), text);

		side_by_side_cell(stdout, word);
		free(word);
	}
	putchar('\n');
}

static int status_of(const struct result_entry *r)
{
	return r ? result_status(r->verdict, r->end) : STATUS_CANNOT_RUN;
}

/* By QEMU: what the host lacks, or cannot do. */
static bool was_refused(const struct result_entry *r)
{
	enum unmet_kind kind;
	const char *what;

	return unmet_from_json(json_object_get(r->rest, "unmet"), &kind, &what) && kind == UNMET_REFUSED;
}

static void print_verdict(const struct result_entry *r)
{
	const json_t *counts = r ? json_object_get(r->rest, "counts") : NULL;
	long long bad =
		result_add(result_add(result_count(counts, "fail"), result_count(counts, "error")),
			   result_add(result_count(counts, "timeout"), result_count(counts, "not_run")));
	char *text;

	switch (status_of(r)) {
	case STATUS_PASSED:
		text = text_format("%lld ok, %lld skipped", result_number(counts, "pass"),
				   result_number(counts, "skip"));
		break;
	case STATUS_NOTHING_VALIDATED:
		text = text_format("%s", was_refused(r) ? "refused" : "skipped");
		break;
	case STATUS_FAILED:
		/* Where no test is bad, the run as a whole is. */
		text = bad ? text_format("FAIL %lld, %lld ok", bad, result_number(counts, "pass")) :
			     text_format("FAIL, %lld ok", result_number(counts, "pass"));
		break;
	default:
		text = text_format("CANNOT RUN");
	}
	if (status_of(r) != STATUS_PASSED)
		colour_begin(stdout, status_of(r) == STATUS_NOTHING_VALIDATED ? VERDICT_SKIP : VERDICT_FAIL);
	side_by_side_cell(stdout, text);
	if (status_of(r) != STATUS_PASSED)
		colour_end(stdout);
	free(text);
}

static bool is_dull(const struct side_table *t, size_t config)
{
	const struct result_entry *const *row = &t->cells[config * t->host_count];
	int status = status_of(row[0]);

	for (size_t i = 1; i < t->host_count; i++)
		if (status_of(row[i]) != status)
			return false;
	return status == STATUS_PASSED || status == STATUS_NOTHING_VALIDATED;
}

static void print_rows(const struct side_table *t, bool verbose)
{
	size_t left_out = 0;

	for (size_t i = 0; i < t->config_count; i++) {
		if (t->config_count > ROWS_MAX && !verbose && is_dull(t, i)) {
			left_out++;
			continue;
		}
		text_print(stdout, "%-*s", t->first_column, t->configs[i]);
		for (size_t j = 0; j < t->host_count; j++)
			print_verdict(t->cells[i * t->host_count + j]);
		putchar('\n');
	}
	if (left_out)
		text_print(stdout,
			   "[...] %zu more pass, or are skipped, on all hosts: pvreport -v has them\n",
			   left_out);
}

void side_by_side_print(const struct result_set *set, bool verbose)
{
	struct side_table t;

	make_table(&t, set);
	if (t.host_count > HOSTS_MAX)
		text_print(stdout,
			   "%zu hosts are too many to be shown side by side: name up to %d of them.\n\n",
			   t.host_count, HOSTS_MAX);
	if (t.host_count < 2 || t.host_count > HOSTS_MAX) {
		free_table(&t);
		return;
	}
	text_print(stdout, "%-*s", t.first_column, "");
	for (size_t i = 0; i < t.host_count; i++)
		side_by_side_cell(stdout, t.hosts[i]);
	putchar('\n');
	print_description(&t, "kernel", "host", "release");
	print_description(&t, "QEMU", "host", "qemu_version");
	print_description(&t, "features", "guest", "features_hex");
	print_rows(&t, verbose);
	side_by_side_tests(&t, verbose);
	putchar('\n');
	free_table(&t);
}
