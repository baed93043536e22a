/* SPDX-License-Identifier: BSD-2-Clause */
#include "side_by_side.h"

#include <stdio.h>
#include <string.h>

#include "result.h"
#include "text.h"

#define FIRST_COLUMN 24
#define COLUMN	     22

/* The keys of @object in their order of insertion are hosts, or configurations. */
static json_t *collect(json_t *const *results, size_t n, const char *(*key)(const json_t *))
{
	json_t *names = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(names, key(results[i]), json_true());
	return names;
}

static const char *host_of(const json_t *result)
{
	return result_string(result, "host_label");
}

static const char *config_of(const json_t *result)
{
	return result_string(json_object_get(result, "config"), "name");
}

static const json_t *find(json_t *const *results, size_t n, const char *host, const char *config)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(host_of(results[i]), host) && !strcmp(config_of(results[i]), config))
			return results[i];
	return NULL;
}

static const json_t *find_test(const json_t *result, const char *name)
{
	const json_t *test;
	size_t i;

	json_array_foreach(json_object_get(result, "tests"), i,
			   test) if (!strcmp(result_string(test, "name"), name)) return test;
	return NULL;
}

/* What the host is, from the first of its results that tells. */
static const char *describe(json_t *const *results, size_t n, const char *host, const char *part,
			    const char *key)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = result_string(json_object_get(results[i], part), key);

		if (!strcmp(host_of(results[i]), host) && *text)
			return text;
	}
	return "";
}

static void print_cell(const char *text)
{
	printf("  %-*.*s", COLUMN, COLUMN, text);
}

/* The first word: what follows a version in brackets has no room here. */
static void print_word(const char *text)
{
	char *word = text_format("%.*s", (int)strcspn(text, " "), text);

	print_cell(word);
	free(word);
}

static void print_description(json_t *const *results, size_t n, const json_t *hosts, const char *title,
			      const char *part, const char *key)
{
	const char *host;
	json_t *unused;

	printf("%-*s", FIRST_COLUMN, title);
	json_object_foreach((json_t *)hosts, host, unused) print_word(describe(results, n, host, part, key));
	putchar('\n');
}

static void print_verdict(const json_t *result)
{
	const json_t *counts = json_object_get(result, "counts");
	long long bad = result_number(counts, "fail") + result_number(counts, "error") +
			result_number(counts, "timeout") + result_number(counts, "not_run");
	char *text;

	switch (result ? result_status(result) : RESULT_CANNOT_RUN) {
	case RESULT_PASS:
		text = text_format("%lld ok, %lld skipped", result_number(counts, "pass"),
				   result_number(counts, "skip"));
		break;
	case RESULT_NOTHING_VALIDATED:
		text = text_format("skipped");
		break;
	case RESULT_FAIL:
		text = text_format("FAIL %lld, %lld ok", bad, result_number(counts, "pass"));
		break;
	default:
		text = text_format("CANNOT RUN");
	}
	print_cell(text);
	free(text);
}

static const char *verdict_of(const json_t *result, const char *test)
{
	const json_t *found = find_test(result, test);

	return found ? result_string(found, "verdict") : "-";
}

static bool is_same_everywhere(json_t *const *results, size_t n, const json_t *hosts, const char *config,
			       const char *test)
{
	const char *first = NULL, *host;
	json_t *unused;

	json_object_foreach((json_t *)hosts, host, unused)
	{
		const json_t *result = find(results, n, host, config);
		const char *verdict = verdict_of(result, test);

		/* Where the configuration did not run at all, its own row has said so. */
		if (!json_array_size(json_object_get(result, "tests")))
			continue;
		if (first && strcmp(first, verdict))
			return false;
		first = verdict;
	}
	return true;
}

/* Why a host skipped or failed it: the reason, else the first message. */
static void print_reasons(json_t *const *results, size_t n, const json_t *hosts, const char *config,
			  const char *test)
{
	const char *host;
	json_t *unused;

	json_object_foreach((json_t *)hosts, host, unused)
	{
		const json_t *found = find_test(find(results, n, host, config), test);
		const char *why = result_string(found, "reason");

		if (!*why && strcmp(result_string(found, "verdict"), "pass"))
			why = json_string_value(json_array_get(json_object_get(found, "messages"), 0));
		if (why && *why)
			printf("    %s: %s\n", host, why);
	}
}

/* Returns whether there are any. */
static bool print_differences(json_t *const *results, size_t n, const json_t *hosts, const char *config)
{
	json_t *tests = json_object(), *unused, *test;
	const char *name, *host;
	bool any = false;
	size_t i;

	json_object_foreach((json_t *)hosts, host, unused)
		json_array_foreach(json_object_get(find(results, n, host, config), "tests"), i, test)
			json_object_set_new(tests, result_string(test, "name"), json_true());
	json_object_foreach(tests, name, unused)
	{
		json_t *inner;

		if (is_same_everywhere(results, n, hosts, config, name))
			continue;
		any = true;
		printf("%s: %s\n%-*s", config, name, FIRST_COLUMN, "");
		json_object_foreach((json_t *)hosts, host, inner)
			print_cell(verdict_of(find(results, n, host, config), name));
		putchar('\n');
		print_reasons(results, n, hosts, config, name);
	}
	json_decref(tests);
	return any;
}

void side_by_side_print(json_t *const *results, size_t n)
{
	json_t *hosts = collect(results, n, host_of), *configs = collect(results, n, config_of);
	const char *host, *config;
	bool any = false;
	json_t *unused;

	printf("%-*s", FIRST_COLUMN, "");
	json_object_foreach(hosts, host, unused) print_cell(host);
	putchar('\n');
	print_description(results, n, hosts, "kernel", "host", "release");
	print_description(results, n, hosts, "QEMU", "host", "qemu_version");
	print_description(results, n, hosts, "features", "guest", "features_hex");
	json_object_foreach(configs, config, unused)
	{
		json_t *inner;

		printf("%-*s", FIRST_COLUMN, config);
		json_object_foreach(hosts, host, inner) print_verdict(find(results, n, host, config));
		putchar('\n');
	}

	puts("\nTests whose verdict is not the same everywhere:");
	json_object_foreach(configs, config, unused) any |= print_differences(results, n, hosts, config);
	if (!any)
		puts("none");
	putchar('\n');
	json_decref(hosts);
	json_decref(configs);
}
