/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A submission to KernelCI's database, KCIDB 5.0: one object for each test and one for each run. The build, and the
 * checkout that it was made from, are somebody else's objects.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/sha256.h"
#include "runner/common/text.h"
#include "runner/report/promises.h"
#include "runner/report/report.h"

#define ROOT "kvm-pv-tests"
/* The limit is 16384 characters, and an odd byte may take four. */
#define EXCERPT_MAX 16000

static const char *const statuses[] = {
	[VERDICT_PASS] = "PASS",    [VERDICT_SKIP] = "SKIP",   [VERDICT_FAIL] = "FAIL",
	[VERDICT_TIMEOUT] = "FAIL", [VERDICT_ERROR] = "ERROR",
};

bool report_kcidb_knows(const char *build)
{
	size_t origin = strspn(build, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return origin && build[origin] == ':' && build[origin + 1];
}

/* One step of a path. */
static void put_name(FILE *out, const char *name, size_t length)
{
	fputc('.', out);
	if (!length)
		fputc('_', out);
	for (size_t i = 0; i < length; i++)
		fputc(isalnum((unsigned char)name[i]) || name[i] == '-' ? name[i] : '_', out);
}

/* kvm-pv-tests.CONFIGURATION.SUITE.TEST, or without the last two with @test NULL. */
static char *make_path(const char *config, const char *test)
{
	char *path;
	size_t size;
	FILE *out = alloc_stream(&path, &size);

	fputs(ROOT, out);
	put_name(out, config, strlen(config));
	if (test) {
		size_t suite = strcspn(test, ".");

		put_name(out, test, suite);
		put_name(out, test + suite + (test[suite] == '.'),
			 strlen(test + suite + (test[suite] == '.')));
	}
	fclose(out);
	return path;
}

/* Two runs that differ in anything are two. */
static char *run_id(const struct result_entry *r)
{
	char *text = json_dumps(r->rest, JSON_COMPACT | JSON_SORT_KEYS), *id;
	struct sha256 s;

	sha256_init(&s);
	if (text)
		sha256_add(&s, text, strlen(text));
	free(text);
	id = sha256_end(&s);
	id[16] = '\0';
	return id;
}

static void set_text(json_t *object, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(object, key, text_json(text));
}

static json_t *make_environment(const struct result_entry *r)
{
	const json_t *host = json_object_get(r->rest, "host");
	char *comment = text_format("%s%sLinux %s, QEMU %s, %s", r->host, *r->host ? ": " : "",
				    result_string(host, "release"), result_string(host, "qemu_version"),
				    result_string(host, "cpu_model"));
	json_t *environment = json_pack("{s:o}", "comment", text_json(comment));

	free(comment);
	return environment;
}

static void set_excerpt(json_t *object, const json_t *texts)
{
	char *excerpt, *cut;
	size_t size, i;
	FILE *out = alloc_stream(&excerpt, &size);
	const json_t *text;

	json_array_foreach(texts, i, text)
		fprintf(out, "%s\n", json_string_value(text) ? json_string_value(text) : "");
	fclose(out);
	cut = text_copy(excerpt, EXCERPT_MAX);
	set_text(object, "log_excerpt", cut);
	free(excerpt);
	free(cut);
}

/* Of the run as a whole: MISS says that nothing of it ran. */
static const char *run_status(const struct result_entry *r)
{
	return r->verdict == VERDICT_ERROR && !r->test_count ? "MISS" : statuses[r->verdict];
}

/* @test is NULL for the run as a whole. */
static json_t *make_test(const struct result_entry *r, const char *build, const char *run,
			 const struct result_test *test, long long ms)
{
	char *path = make_path(r->config, test ? test->name : NULL);
	const char *name = test ? test->name : "";
	json_t *promises = promises_of(name);
	json_t *object = json_pack("{s:o, s:o, s:o, s:s, s:s, s:f, s:o, s:{s:o}}", "build_id",
				   text_json(build), "id", text_json_format("%s/%s/%s", build, run, name),
				   "origin", json_stringn(build, strcspn(build, ":")), "path", path, "status",
				   test ? statuses[test->verdict] : run_status(r), "duration",
				   (double)ms / 1000, "environment", make_environment(r), "misc", "promises",
				   promises_ids(promises));

	free(path);
	json_decref(promises);
	set_text(object, "comment", test ? test->reason : result_string(r->rest, "reason"));
	set_excerpt(object, test ? test->messages : json_object_get(r->rest, "errors"));
	return object;
}

void report_kcidb(const struct result_set *set, const char *build)
{
	json_t *tests = json_array(), *report;

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		char *run = run_id(r);

		json_array_append_new(tests,
				      make_test(r, build, run, NULL, result_count(r->rest, "duration_ms")));
		for (size_t j = 0; j < r->test_count; j++)
			json_array_append_new(tests, make_test(r, build, run, &r->tests[j], r->tests[j].ms));
		free(run);
	}
	report = json_pack("{s:{s:i, s:i}, s:o}", "version", "major", 5, "minor", 0, "tests", tests);
	json_dumpf(report, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(report);
}
