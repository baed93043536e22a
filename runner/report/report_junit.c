/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JUnit format as CI servers read it. It has no specification: they all read what Ant and Maven's Surefire write,
 * of which Jenkins has a schema.
 */
#include "runner/common/alloc.h"
#include "runner/report/report.h"

#include <mxml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

/* The test case for what went wrong with the run as a whole. */
#define RUN_CLASS "run"
#define RUN_NAME  "as_a_whole"

struct totals {
	size_t tests, failures, errors, skipped;
};

/*
 * XML has no way to write most control characters, not even escaped. They become \xNN, and what
 * Unicode has set apart \uNNNN. The caller frees it.
 */
static char *printable(const char *text)
{
	char *copy = alloc_bytes(4 * strlen(text) + 1), *out = copy;

	while (*text) {
		unsigned char byte = (unsigned char)*text;

		if ((byte < ' ' && byte != '\t' && byte != '\n') || byte == 0x7f) {
			out += sprintf(out, "\\x%02x", byte);
			text++;
		} else if (!strncmp(text, "\xef\xbf\xbe", 3) || !strncmp(text, "\xef\xbf\xbf", 3)) {
			out += sprintf(out, "\\u%04x", text[2] == '\xbe' ? 0xfffe : 0xffff);
			text += 3;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
	return copy;
}

static void attribute(mxml_node_t *element, const char *name, const char *value)
{
	char *text = printable(value);

	mxmlElementSetAttr(element, name, text);
	free(text);
}

static void attribute_number(mxml_node_t *element, const char *name, size_t value)
{
	mxmlElementSetAttrf(element, name, "%zu", value);
}

static void attribute_seconds(mxml_node_t *element, const char *name, long long ms)
{
	mxmlElementSetAttrf(element, name, "%lld.%03lld", ms / 1000, ms % 1000);
}

static void line(mxml_node_t *element, const char *prefix, const char *value)
{
	char *text = printable(value ? value : "");

	mxmlNewOpaquef(element, "%s%s\n", prefix, text);
	free(text);
}

static void lines(mxml_node_t *element, const char *prefix, const json_t *texts)
{
	const json_t *text;
	size_t i;

	json_array_foreach(texts, i, text)
		line(element, prefix, json_string_value(text));
}

static bool is_failure(const struct result_test *test)
{
	return test->verdict == VERDICT_FAIL;
}

static bool is_skipped(const struct result_test *test)
{
	return test->verdict == VERDICT_SKIP;
}

/* Whether there is something to report that belongs to no test. */
static bool has_run_case(const struct result_entry *r)
{
	return json_array_size(json_object_get(r->rest, "errors")) || r->verdict == VERDICT_SKIP;
}

static void count(struct totals *totals, const struct result_entry *r)
{
	totals->tests += r->test_count;
	for (size_t i = 0; i < r->test_count; i++) {
		const struct result_test *test = &r->tests[i];

		totals->failures += is_failure(test);
		totals->skipped += is_skipped(test);
		totals->errors += result_test_is_bad(test) && !is_failure(test);
	}
	if (has_run_case(r)) {
		bool error = json_array_size(json_object_get(r->rest, "errors"));

		totals->tests++;
		totals->errors += error;
		totals->skipped += !error;
	}
}

/* The message is what a reader sees first: the reason, else the first of the texts. */
static const char *first_of(const char *reason, const json_t *texts)
{
	const char *text = json_string_value(json_array_get(texts, 0));

	return *reason || !text ? reason : text;
}

static mxml_node_t *add_case(mxml_node_t *suite, const char *class_name, const char *name, long long ms)
{
	mxml_node_t *element = mxmlNewElement(suite, "testcase");

	attribute(element, "classname", class_name);
	attribute(element, "name", name);
	attribute_seconds(element, "time", ms);
	return element;
}

static void add_bad(mxml_node_t *test_case, bool failure, const char *type, const char *message,
		    const json_t *texts)
{
	mxml_node_t *element = mxmlNewElement(test_case, failure ? "failure" : "error");

	attribute(element, "type", type);
	attribute(element, "message", message);
	lines(element, "", texts);
}

static void add_test(mxml_node_t *suite, const struct result_test *test)
{
	const char *dot = strchr(test->name, '.');
	char *class_name = text_format("%.*s", dot ? (int)(dot - test->name) : 0, test->name);
	mxml_node_t *element = add_case(suite, class_name, dot ? dot + 1 : test->name, test->ms);

	if (is_skipped(test))
		attribute(mxmlNewElement(element, "skipped"), "message", test->reason);
	else if (result_test_is_bad(test))
		add_bad(element, is_failure(test), verdict_name(test->verdict),
			first_of(test->reason, test->messages), test->messages);
	else if (test->messages)
		lines(mxmlNewElement(element, "system-out"), "", test->messages);
	free(class_name);
}

static void add_run_case(mxml_node_t *suite, const struct result_entry *r)
{
	const json_t *errors = json_object_get(r->rest, "errors");
	mxml_node_t *element = add_case(suite, RUN_CLASS, RUN_NAME, 0);

	if (json_array_size(errors))
		add_bad(element, false, result_string(r->rest, "end"), first_of("", errors), errors);
	else
		attribute(mxmlNewElement(element, "skipped"), "message", result_string(r->rest, "reason"));
}

static void add_property(mxml_node_t *properties, const char *name, const char *value)
{
	mxml_node_t *element;

	if (!*value)
		return;
	element = mxmlNewElement(properties, "property");
	attribute(element, "name", name);
	attribute(element, "value", value);
}

static void add_properties(mxml_node_t *suite, const struct result_entry *r)
{
	static const struct {
		const char *name, *part, *key;
	} table[] = {
		{"configuration", "config", "name"},
		{"accel", "config", "accel"},
		{"host kernel", "host", "release"},
		{"host kernel version", "host", "version"},
		{"host CPU", "host", "cpu_model"},
		{"KVM module", "host", "kvm_module"},
		{"QEMU", "host", "qemu_version"},
		{"guest features", "guest", "features_hex"},
		{"guest command line", "guest", "command_line"},
	};

	mxml_node_t *properties = mxmlNewElement(suite, "properties");

	add_property(properties, "verdict", result_string(r->rest, "verdict"));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		add_property(properties, table[i].name,
			     result_string(json_object_get(r->rest, table[i].part), table[i].key));
}

/* Each element begins a line. Text stays as it is: only what has elements in it ends on a line of its own. */
static const char *white_space(mxml_node_t *node, int where)
{
	mxml_node_t *child = mxmlGetFirstChild(node);

	if (where == MXML_WS_BEFORE_OPEN)
		return "\n";
	return where == MXML_WS_BEFORE_CLOSE && child && mxmlGetType(child) == MXML_ELEMENT ? "\n" : NULL;
}

static void write_suite(const struct result_entry *r)
{
	const char *started = result_string(r->rest, "started"), *log = result_string(r->rest, "log");
	mxml_node_t *suite = mxmlNewElement(NULL, "testsuite"), *output;
	struct totals totals = {0};

	count(&totals, r);
	attribute(suite, "name", r->label);
	attribute_number(suite, "tests", totals.tests);
	attribute_number(suite, "failures", totals.failures);
	attribute_number(suite, "errors", totals.errors);
	attribute_number(suite, "skipped", totals.skipped);
	attribute_seconds(suite, "time", result_count(r->rest, "duration_ms"));
	if (*started)
		attribute(suite, "timestamp", started);
	if (*r->host)
		attribute(suite, "hostname", r->host);
	add_properties(suite, r);
	if (has_run_case(r))
		add_run_case(suite, r);
	for (size_t i = 0; i < r->test_count; i++)
		add_test(suite, &r->tests[i]);
	output = mxmlNewElement(suite, "system-out");
	lines(output, "note: ", json_object_get(r->rest, "notes"));
	if (*log)
		line(output, "log: ", log);
	mxmlSaveFile(suite, stdout, white_space);
	mxmlDelete(suite);
}

/* A suite at a time, as there may be thousands. main() looks for errors of standard output before it exits. */
void report_junit(const struct result_set *set)
{
	struct totals totals = {0};
	long long ms = 0;

	for (size_t i = 0; i < set->count; i++) {
		count(&totals, &set->all[i]);
		ms = result_add(ms, result_count(set->all[i].rest, "duration_ms"));
	}
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kvm-pv-tests\" tests=\"%zu\" "
	       "failures=\"%zu\" errors=\"%zu\" time=\"%lld.%03lld\">",
	       totals.tests, totals.failures, totals.errors, ms / 1000, ms % 1000);
	mxmlSetWrapMargin(0);
	for (size_t i = 0; i < set->count; i++)
		write_suite(&set->all[i]);
	printf("\n</testsuites>\n");
}
