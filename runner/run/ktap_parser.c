/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/ktap_parser.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/verdict.h"
#include "runner/run/ktap_line.h"

/* Whatever a guest prints must not fill the memory: the log has the rest. */
#define MAX_ERRORS 20

void ktap_parser_error(struct ktap_parser *k, const char *fmt, ...)
{
	va_list args;
	char *text;

	if (json_array_size(k->errors) >= MAX_ERRORS) {
		k->lost_errors++;
		return;
	}
	va_start(args, fmt);
	text = text_vformat(fmt, args);
	va_end(args);
	json_array_append_new(k->errors, text_json(text));
	free(text);
}

static void abandon_test(struct ktap_parser *k, const char *why, int64_t now_ms)
{
	ktap_parser_error(k, "protocol: no result for %s %s",
			  json_string_value(json_object_get(k->test, "name")), why);
	ktap_test_close(k, VERDICT_ERROR, "the guest gave no result", now_ms);
}

static void handle_start(struct ktap_parser *k, const char *name, int64_t now_ms)
{
	size_t suite_length = strlen(k->suite);

	if (k->test)
		abandon_test(k, "when the next test started", now_ms);
	if (strncmp(name, k->suite, suite_length) || name[suite_length] != '.' ||
	    !ktap_is_name(name + suite_length + 1, strlen(name + suite_length + 1)))
		ktap_parser_error(k, "protocol: \"# start %s\" in suite %s", name, k->suite);
	else if (json_object_get(k->names, name))
		ktap_parser_error(k, "protocol: %s started twice", name);
	else
		ktap_test_open(k, name, now_ms);
	if (k->test && k->started)
		k->started(k->context, name, now_ms);
}

static void handle_test_result(struct ktap_parser *k, struct ktap_result_line *r, int64_t now_ms)
{
	char *name = text_format("%s.%s", k->suite, r->name);

	if (r->number != k->test_number + 1)
		ktap_parser_error(k, "protocol: result %ld of %s, expected number %ld", r->number, name,
				  k->test_number + 1);
	k->test_number++;
	if (r->verdict != VERDICT_SKIP)
		ktap_test_drop_unmet(k);
	else if (!k->unmet)
		ktap_parser_error(k, "protocol: no \"# unmet:\" before the skip of %s", name);

	if (k->test && strcmp(json_string_value(json_object_get(k->test, "name")), name))
		abandon_test(k, "but for another test", now_ms);
	if (!k->test) {
		/* Only a test that never ran needs no "# start". */
		if (json_object_get(k->names, name)) {
			ktap_parser_error(k, "protocol: a second result for %s", name);
			ktap_test_drop_unmet(k);
			free(name);
			return;
		}
		if (r->verdict != VERDICT_SKIP)
			ktap_parser_error(k, "protocol: a result for %s, which did not start", name);
		ktap_test_open(k, name, now_ms);
	}
	ktap_test_close(k, r->verdict, r->reason, now_ms);
	free(name);
}

/* Which bits of the feature leaf a suite is about, by name: none, if it does not say so before its tests. */
static void handle_suite_needs(struct ktap_parser *k, uint32_t features)
{
	json_object_set_new(json_object_get(k->guest, "suite_features"), k->suite, json_integer(features));
}

static void close_suite(struct ktap_parser *k, int64_t now_ms)
{
	ktap_test_drop_unmet(k);
	if (k->test)
		abandon_test(k, "when its suite ended", now_ms);
	if (k->test_number != k->suite_tests) {
		ktap_parser_error(k, "protocol: suite %s planned %ld tests and gave %ld results", k->suite,
				  k->suite_tests, k->test_number);
		if (k->test_number < k->suite_tests)
			k->counts.not_run += k->suite_tests - k->test_number;
	}
	free(k->suite);
	k->suite = NULL;
	k->state = KTAP_SUITES;
}

static void handle_suite_result(struct ktap_parser *k, struct ktap_result_line *r, int64_t now_ms)
{
	bool all_skipped = k->suite_skips == k->test_number;

	k->suite_number++;
	if (r->number != k->suite_number)
		ktap_parser_error(k, "protocol: suite %s has number %ld, expected %ld", r->name, r->number,
				  k->suite_number);
	if (!k->suite) {
		ktap_parser_error(k, "protocol: a result for suite %s, which did not start", r->name);
		k->state = KTAP_SUITES;
		return;
	}
	if (strcmp(r->name, k->suite))
		ktap_parser_error(k, "protocol: result of suite %s while %s was open", r->name, k->suite);
	close_suite(k, now_ms);
	if (r->ok != !k->suite_bad || (r->verdict == VERDICT_SKIP && !all_skipped))
		ktap_parser_error(k, "protocol: suite %s says %s, which its tests contradict", r->name,
				  verdict_name(r->verdict));
}

static void handle_totals(struct ktap_parser *k, const char *text)
{
	const struct ktap_counts *c = &k->counts;
	char *expected =
		text_format("pass=%ld fail=%ld error=%ld skip=%ld", c->pass, c->fail, c->error, c->skip);

	if (strcmp(text, expected))
		ktap_parser_error(k, "protocol: the totals say %s, the results say %s", text, expected);
	if (k->suite)
		ktap_parser_error(k, "protocol: totals inside suite %s", k->suite);
	k->state = KTAP_DONE;
	free(expected);
}

static void handle_remark(struct ktap_parser *k, const char *text)
{
	const char *rest;

	if ((rest = ktap_skip_prefix(text, "error: ")))
		ktap_parser_error(k, "%s", rest);
	else if ((rest = ktap_skip_prefix(text, "note: ")))
		json_array_append_new(k->notes, json_string(rest));
	else if ((rest = ktap_skip_prefix(text, "totals ")))
		handle_totals(k, rest);
	else if ((rest = ktap_skip_prefix(text, "kvm-pv-tests ")))
		json_object_set_new(k->guest, "version", json_string(rest));
	else if ((rest = ktap_skip_prefix(text, "host-cpuid ")) ||
		 (rest = ktap_skip_prefix(text, "guest ")) || (rest = ktap_skip_prefix(text, "boot ")))
		ktap_parse_header(k->guest, rest);
}

static bool handle_plan(struct ktap_parser *k, const char *line, long *plan, enum ktap_state next)
{
	const char *rest = ktap_skip_prefix(line, "1..");
	char *end;

	k->state = next;
	/* Only a plan of nothing needs a reason why. */
	return rest && ktap_parse_count(rest, plan, &end) &&
	       (!*end || (!*plan && ktap_skip_prefix(end, " # SKIP ")));
}

/* Lines inside a suite, without their indent. False: such a line has no place here. */
static bool handle_inner(struct ktap_parser *k, const char *line, int64_t now_ms)
{
	struct ktap_result_line r;
	const char *rest;

	switch (k->state) {
	case KTAP_SUITES:
		k->state = KTAP_WANT_NAME;
		return !strcmp(line, "KTAP version 1");
	case KTAP_WANT_NAME:
		rest = ktap_skip_prefix(line, "# Subtest: ");
		if (!rest || !ktap_is_name(rest, strlen(rest)))
			return false;
		k->suite = text_format("%s", rest);
		k->suite_tests = k->test_number = k->suite_bad = k->suite_skips = 0;
		handle_suite_needs(k, 0);
		k->state = KTAP_WANT_SUBPLAN;
		return true;
	case KTAP_WANT_SUBPLAN:
		return handle_plan(k, line, &k->suite_tests, KTAP_TESTS);
	case KTAP_TESTS:
		if ((rest = ktap_skip_prefix(line, "# unmet: "))) {
			ktap_test_unmet(k, rest);
			return true;
		}
		if (!ktap_is_result(line))
			ktap_test_drop_unmet(k);
		if ((rest = ktap_skip_prefix(line, "# start "))) {
			handle_start(k, rest, now_ms);
			return true;
		}
		if (line[0] == '#' && (line[1] == ' ' || !line[1])) {
			if (k->test)
				ktap_test_message(k, line + (line[1] ? 2 : 1));
			else if ((rest = ktap_skip_prefix(line, "# needs features=")))
				handle_suite_needs(k, (uint32_t)strtoul(rest, NULL, 0));
			return true;
		}
		if (!ktap_is_result(line) || !ktap_parse_result(line, &r))
			return false;
		handle_test_result(k, &r, now_ms);
		free(r.name);
		free(r.reason);
		return true;
	default:
		return false;
	}
}

static bool handle_outer(struct ktap_parser *k, const char *line, int64_t now_ms)
{
	struct ktap_result_line r;

	if (k->state == KTAP_WANT_PLAN)
		return handle_plan(k, line, &k->suites, KTAP_SUITES);
	if (ktap_skip_prefix(line, "# ")) {
		handle_remark(k, line + 2);
		return true;
	}
	if (!ktap_is_result(line) || !ktap_parse_result(line, &r))
		return false;
	handle_suite_result(k, &r, now_ms);
	free(r.name);
	free(r.reason);
	return true;
}

static void handle_line(struct ktap_parser *k, int64_t now_ms)
{
	static const char first[] = "KTAP version 1";
	bool too_long = k->length > sizeof(k->line);
	size_t length = too_long ? sizeof(k->line) : k->length;
	char *line;

	if (length && k->line[length - 1] == '\r')
		length--;
	k->length = 0;
	line = text_printable(k->line, length);

	if (k->state == KTAP_FIRMWARE) {
		/* Firmware need not end its last line. */
		length = strlen(line);
		if (length >= strlen(first) && !strcmp(line + length - strlen(first), first))
			k->state = KTAP_WANT_PLAN;
	} else if (k->state == KTAP_DONE) {
		ktap_parser_error(k, "protocol: output after the totals: \"%.80s\"", line);
	} else if (too_long) {
		ktap_parser_error(k, "protocol: a line longer than %d bytes: \"%.60s...\"",
				  KTAP_PARSER_LINE_MAX, line);
	} else if (strncmp(line, "  ", 2) ? !handle_outer(k, line, now_ms) :
					    !handle_inner(k, line + 2, now_ms)) {
		ktap_parser_error(k, "protocol: unexpected line \"%.80s\"", line);
	}
	free(line);
}

void ktap_parser_feed(struct ktap_parser *k, const char *bytes, size_t length, int64_t now_ms)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n') {
			handle_line(k, now_ms);
			continue;
		}
		if (k->length < sizeof(k->line))
			k->line[k->length] = bytes[i];
		if (k->length <= sizeof(k->line))
			k->length++;
	}
}

void ktap_parser_finish(struct ktap_parser *k, enum verdict verdict, const char *reason, int64_t now_ms)
{
	if (k->length && k->state != KTAP_FIRMWARE) {
		char *line = text_printable(k->line, k->length < 60 ? k->length : 60);

		ktap_parser_error(k, "protocol: the report ends in the middle of a line: \"%s\"", line);
		free(line);
	}
	if (k->test) {
		ktap_test_close(k, verdict, reason, now_ms);
		k->test_number++;
	}
	if (k->suite && k->test_number < k->suite_tests)
		k->counts.not_run += k->suite_tests - k->test_number;
	if (k->suites > k->suite_number + !!k->suite)
		k->counts.suites_not_run = k->suites - k->suite_number - !!k->suite;

	if (k->state == KTAP_FIRMWARE)
		ktap_parser_error(k, "the guest printed no report");
	else if (k->counts.not_run || k->counts.suites_not_run)
		ktap_parser_error(k, "seen less than planned: %ld tests and %ld whole suites did not run",
				  k->counts.not_run, k->counts.suites_not_run);
	else if (k->state != KTAP_DONE)
		ktap_parser_error(k, "the report has no totals");
	if (k->lost_errors) {
		json_array_append_new(k->errors, text_json_format("... and %ld more errors of this kind",
								  k->lost_errors));
		k->lost_errors = 0;
	}
}

char *ktap_parser_where(const struct ktap_parser *k)
{
	if (k->test)
		return text_format("in %s", json_string_value(json_object_get(k->test, "name")));
	if (k->suite)
		return text_format("in suite %s, between tests", k->suite);
	if (k->state == KTAP_FIRMWARE)
		return text_format("before the report began");
	return text_format(k->state == KTAP_DONE ? "after the report" : "between suites");
}

void ktap_parser_init(struct ktap_parser *k)
{
	*k = (struct ktap_parser){
		.tests = json_array(),
		.errors = json_array(),
		.notes = json_array(),
		.names = json_object(),
		.guest = json_pack(
			"{s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:{}}",
			"version", "base", "max", "features", "features_hex", "hints", "vendor", "vcpus",
			"apic", "tsc_khz", "clock", "boot_protocol", "command_line", "memory",
			"suite_features"),
	};
}

void ktap_parser_free(struct ktap_parser *k)
{
	json_decref(k->tests);
	json_decref(k->errors);
	json_decref(k->notes);
	json_decref(k->names);
	json_decref(k->guest);
	json_decref(k->test);
	json_decref(k->unmet);
	free(k->at);
	free(k->suite);
}
