/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JUnit format as CI servers read it. It has no specification: they all read what Ant and Maven's Surefire write,
 * of which Jenkins has a schema.
 */
#include "runner/common/alloc.h"
#include "runner/report/report.h"

#include <libxml/xmlwriter.h>
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

static void start(xmlTextWriterPtr xml, const char *element)
{
	xmlTextWriterStartElement(xml, BAD_CAST element);
}

static void end(xmlTextWriterPtr xml)
{
	xmlTextWriterEndElement(xml);
}

static void attribute(xmlTextWriterPtr xml, const char *name, const char *value)
{
	char *text = printable(value);

	xmlTextWriterWriteAttribute(xml, BAD_CAST name, BAD_CAST text);
	free(text);
}

static void attribute_number(xmlTextWriterPtr xml, const char *name, size_t value)
{
	xmlTextWriterWriteFormatAttribute(xml, BAD_CAST name, "%zu", value);
}

static void attribute_seconds(xmlTextWriterPtr xml, const char *name, long long ms)
{
	xmlTextWriterWriteFormatAttribute(xml, BAD_CAST name, "%lld.%03lld", ms / 1000, ms % 1000);
}

static void line(xmlTextWriterPtr xml, const char *prefix, const char *value)
{
	char *text = printable(value ? value : "");

	xmlTextWriterWriteString(xml, BAD_CAST prefix);
	xmlTextWriterWriteString(xml, BAD_CAST text);
	xmlTextWriterWriteString(xml, BAD_CAST "\n");
	free(text);
}

static void lines(xmlTextWriterPtr xml, const char *prefix, const json_t *texts)
{
	const json_t *text;
	size_t i;

	json_array_foreach(texts, i, text)
		line(xml, prefix, json_string_value(text));
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

static void write_test(xmlTextWriterPtr xml, const struct result_test *test)
{
	const char *dot = strchr(test->name, '.');
	char *suite = text_format("%.*s", dot ? (int)(dot - test->name) : 0, test->name);

	start(xml, "testcase");
	attribute(xml, "classname", suite);
	attribute(xml, "name", dot ? dot + 1 : test->name);
	attribute_seconds(xml, "time", test->ms);
	if (is_skipped(test)) {
		start(xml, "skipped");
		attribute(xml, "message", test->reason);
		end(xml);
	} else if (result_test_is_bad(test)) {
		start(xml, is_failure(test) ? "failure" : "error");
		attribute(xml, "type", verdict_name(test->verdict));
		attribute(xml, "message", first_of(test->reason, test->messages));
		lines(xml, "", test->messages);
		end(xml);
	} else if (test->messages) {
		start(xml, "system-out");
		lines(xml, "", test->messages);
		end(xml);
	}
	end(xml);
	free(suite);
}

static void write_run_case(xmlTextWriterPtr xml, const struct result_entry *r)
{
	const json_t *errors = json_object_get(r->rest, "errors");

	start(xml, "testcase");
	attribute(xml, "classname", RUN_CLASS);
	attribute(xml, "name", RUN_NAME);
	attribute_seconds(xml, "time", 0);
	if (json_array_size(errors)) {
		start(xml, "error");
		attribute(xml, "type", result_string(r->rest, "end"));
		attribute(xml, "message", first_of("", errors));
		lines(xml, "", errors);
	} else {
		start(xml, "skipped");
		attribute(xml, "message", result_string(r->rest, "reason"));
	}
	end(xml);
	end(xml);
}

static void property(xmlTextWriterPtr xml, const struct result_entry *r, const char *name, const char *part,
		     const char *key)
{
	const char *value = result_string(json_object_get(r->rest, part), key);

	if (!*value)
		return;
	start(xml, "property");
	attribute(xml, "name", name);
	attribute(xml, "value", value);
	end(xml);
}

static void write_properties(xmlTextWriterPtr xml, const struct result_entry *r)
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

	start(xml, "properties");
	start(xml, "property");
	attribute(xml, "name", "verdict");
	attribute(xml, "value", result_string(r->rest, "verdict"));
	end(xml);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		property(xml, r, table[i].name, table[i].part, table[i].key);
	end(xml);
}

static void write_suite(xmlTextWriterPtr xml, const struct result_entry *r)
{
	const char *started = result_string(r->rest, "started"), *log = result_string(r->rest, "log");
	struct totals totals = {0};

	count(&totals, r);
	start(xml, "testsuite");
	attribute(xml, "name", r->label);
	attribute_number(xml, "tests", totals.tests);
	attribute_number(xml, "failures", totals.failures);
	attribute_number(xml, "errors", totals.errors);
	attribute_number(xml, "skipped", totals.skipped);
	attribute_seconds(xml, "time", result_count(r->rest, "duration_ms"));
	if (*started)
		attribute(xml, "timestamp", started);
	if (*r->host)
		attribute(xml, "hostname", r->host);
	write_properties(xml, r);
	if (has_run_case(r))
		write_run_case(xml, r);
	for (size_t i = 0; i < r->test_count; i++)
		write_test(xml, &r->tests[i]);
	start(xml, "system-out");
	lines(xml, "note: ", json_object_get(r->rest, "notes"));
	if (*log)
		line(xml, "log: ", log);
	end(xml);
	end(xml);
}

/* main() looks for errors of standard output before it exits. */
static int write_bytes(void *unused, const char *bytes, int length)
{
	(void)unused;
	return (int)fwrite(bytes, 1, (size_t)length, stdout);
}

void report_junit(const struct result_set *set)
{
	xmlOutputBufferPtr output = xmlOutputBufferCreateIO(write_bytes, NULL, NULL, NULL);
	xmlTextWriterPtr xml = xmlNewTextWriter(output);
	struct totals totals = {0};
	long long ms = 0;

	for (size_t i = 0; i < set->count; i++) {
		count(&totals, &set->all[i]);
		ms = result_add(ms, result_count(set->all[i].rest, "duration_ms"));
	}
	xmlTextWriterSetIndent(xml, 1);
	xmlTextWriterStartDocument(xml, NULL, "UTF-8", NULL);
	start(xml, "testsuites");
	attribute(xml, "name", "kvm-pv-tests");
	attribute_number(xml, "tests", totals.tests);
	attribute_number(xml, "failures", totals.failures);
	attribute_number(xml, "errors", totals.errors);
	attribute_seconds(xml, "time", ms);
	for (size_t i = 0; i < set->count; i++)
		write_suite(xml, &set->all[i]);
	xmlTextWriterEndDocument(xml);
	xmlFreeTextWriter(xml);
}
