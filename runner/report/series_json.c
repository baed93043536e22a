/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/series.schema.json describes the document. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/exit_status.h"
#include "runner/common/kernel_version.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/series_changes.h"
#include "runner/report/series_failures.h"
#include "runner/report/series_group.h"
#include "runner/report/series_report.h"

#define SERIES_SCHEMA 1

struct maker {
	json_t *hosts, *ranges, *changes;
	json_t *ran; /* names of tests that ran anywhere */
	bool nothing_ran; /* on one of the hosts */
};

static json_t *copy(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

/* What the first of the results says that says anything. */
static json_t *of_results(const struct result_set *results, const char *part, const char *key)
{
	for (size_t i = 0; i < results->count; i++) {
		json_t *value = json_object_get(json_object_get(results->all[i].rest, part), key);

		if (value && !json_is_null(value))
			return json_incref(value);
	}
	return json_null();
}

static json_t *make_kernel(const struct series_kernel_results *kernel, const char *state)
{
	static const char *const keys[] = {"version", "release", "package_version", "suite", "why"};
	static const char *const counts[] = {"pass", "fail", "error", "timeout", "skip", "not_run"};
	json_t *made = json_pack("{s:s}", "state", state), *sums = json_object();
	bool ran = kernel->fate == SERIES_KERNEL_RAN;
	const char *started = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		json_object_set_new(made, keys[i], text_json_or_null(series_kernel_text(kernel, keys[i])));
	json_object_set_new(made, "host", text_json(series_kernel_text(kernel, "host")));
	for (size_t i = 0; ran && i < sizeof(counts) / sizeof(counts[0]); i++)
		json_object_set_new(sums, counts[i],
				    json_integer(result_set_sum(&kernel->results, counts[i])));
	for (size_t i = 0; ran && i < kernel->results.count && !*started; i++)
		started = result_string(kernel->results.all[i].rest, "started");
	json_object_set_new(made, "started", text_json_or_null(started));
	json_object_set_new(made, "counts", sums);
	json_object_set_new(made, "failures", ran ? series_failures(kernel) : json_array());
	return made;
}

static unsigned int branch_of(const struct series_kernel_results *kernel)
{
	struct kernel_version version;

	kernel_version_parse(&version, series_kernel_text(kernel, "version"));
	return kernel_version_branch(&version);
}

/*
 * Between @before and @now, two that ran and are the same, or @now is NULL. Only within a stable series is it likely that
 * what is between them is the same, too.
 */
static const char *state_of(const struct series_kernel_results *kernel,
			    const struct series_kernel_results *before,
			    const struct series_kernel_results *now)
{
	if (kernel->fate == SERIES_KERNEL_RAN)
		return "ran";
	if (kernel->fate == SERIES_KERNEL_LEFT_OUT)
		return "left out";
	return now && branch_of(before) == branch_of(now) ? "taken as unchanged" : "not run";
}

static void note_tests(struct maker *m, const struct result_set *results)
{
	for (size_t i = 0; i < results->count; i++)
		for (size_t j = 0; j < results->all[i].test_count; j++)
			if (result_test_ran(&results->all[i].tests[j]))
				json_object_set_new(m->ran, results->all[i].tests[j].name, json_true());
}

/* From @before to @now, the next one that ran, which may be NULL. Appends those from @before on to @kernels. */
static void add_step(struct maker *m, const struct series_host *host,
		     const struct series_kernel_results *before, const struct series_kernel_results *now,
		     json_t *kernels)
{
	const struct series_kernel_results *end = now ? now : host->kernels + host->count, *kernel;
	size_t found = 0, between = 0;

	if (now)
		found = series_changes_find(m->changes, host, before, now);
	for (kernel = before; kernel < end; kernel++) {
		json_array_append_new(kernels,
				      make_kernel(kernel, state_of(kernel, before, found ? NULL : now)));
		between += kernel->fate == SERIES_KERNEL_NOT_RUN;
	}
	if (now)
		json_array_append_new(m->ranges,
				      json_pack("{s:o, s:o, s:o, s:I, s:b}", "host", text_json(host->name),
						"from", text_json(series_kernel_text(before, "version")),
						"to", text_json(series_kernel_text(now, "version")),
						"between", (json_int_t)between, "changed", found > 0));
}

static void add_host(struct maker *m, const struct series_host *host)
{
	const struct series_kernel_results *kernel = NULL, *known = NULL;
	json_t *kernels = json_array();

	for (size_t i = 0; i < host->count; i++) {
		if (host->kernels[i].fate == SERIES_KERNEL_RAN)
			break;
		json_array_append_new(kernels, make_kernel(&host->kernels[i],
							   state_of(&host->kernels[i], NULL, NULL)));
	}
	for (size_t i = 0; i < host->count && !kernel; i++)
		if (host->kernels[i].fate == SERIES_KERNEL_RAN)
			kernel = &host->kernels[i];
	for (; kernel; kernel = series_next(host, kernel)) {
		note_tests(m, &kernel->results);
		add_step(m, host, kernel, series_next(host, kernel), kernels);
		known = known && known->results.count ? known : kernel;
	}
	m->nothing_ran |= !known;
	json_array_append_new(
		m->hosts,
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "host", text_json(host->name), "range",
			  copy(host->series, "range"), "every", copy(host->series, "every"), "configurations",
			  copy(host->series, "configurations"), "cpu_model",
			  known ? of_results(&known->results, "host", "cpu_model") : json_null(),
			  "kvm_module",
			  known ? of_results(&known->results, "host", "kvm_module") : json_null(),
			  "qemu_version",
			  known ? of_results(&known->results, "host", "qemu_version") : json_null(),
			  "kernels", kernels));
}

/* How many tests ran, and have never changed. */
static size_t count_unchanged(const struct maker *m)
{
	size_t i, unchanged;
	const json_t *change;

	json_array_foreach(m->changes, i, change)
		if (json_is_string(json_object_get(change, "test")))
			json_object_del(m->ran, result_string(change, "test"));
	unchanged = json_object_size(m->ran);
	return unchanged;
}

static size_t count_meaning(const json_t *changes, const char *means)
{
	size_t i, count = 0;
	const json_t *change;

	json_array_foreach(changes, i, change)
		count += !strcmp(result_string(change, "means"), means);
	return count;
}

json_t *series_json(const struct series_set *set)
{
	struct maker m = {json_array(), json_array(), json_array(), json_object(), false};
	size_t worse, better;
	json_t *groups, *document;

	for (size_t i = 0; i < set->count; i++)
		add_host(&m, &set->hosts[i]);
	groups = series_group(m.changes);
	worse = count_meaning(groups, "worse");
	better = count_meaning(groups, "better");
	document = json_pack("{s:i, s:s, s:i, s:o, s:o, s:o, s:I}", "schema", SERIES_SCHEMA, "verdict",
			     worse	   ? "WORSE" :
			     m.nothing_ran ? "CANNOT RUN" :
			     better	   ? "BETTER" :
					     "SAME",
			     "status",
			     worse	   ? STATUS_FAILED :
			     m.nothing_ran ? STATUS_CANNOT_RUN :
					     STATUS_PASSED,
			     "hosts", m.hosts, "ranges", m.ranges, "changes", groups, "unchanged_tests",
			     (json_int_t)count_unchanged(&m));
	json_decref(m.changes);
	json_decref(m.ran);
	return document;
}
