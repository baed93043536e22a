/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/ktap_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

const char *ktap_skip_prefix(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) ? NULL : text + length;
}

bool ktap_parse_count(const char *text, long *value, char **end)
{
	long number;

	if (!isdigit((unsigned char)*text) || (*text == '0' && isdigit((unsigned char)text[1])))
		return false;
	errno = 0;
	number = strtol(text, end, 10);
	if (errno || number > 1000000)
		return false;
	*value = number;
	return true;
}

bool ktap_is_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return false;
	return length > 0;
}

bool ktap_parse_result(const char *line, struct ktap_result_line *r)
{
	const char *rest, *reason = NULL;
	size_t length;
	char *end;

	r->ok = line[0] == 'o';
	rest = ktap_skip_prefix(line, r->ok ? "ok " : "not ok ");
	if (!rest || !ktap_parse_count(rest, &r->number, &end) || *end != ' ')
		return false;
	rest = end + 1;
	length = strcspn(rest, " ");
	if (!ktap_is_name(rest, length))
		return false;
	r->verdict = r->ok ? VERDICT_PASS : VERDICT_FAIL;
	if (rest[length]) {
		reason = ktap_skip_prefix(rest + length, r->ok ? " # SKIP " : " # ERROR ");
		if (!reason || !*reason)
			return false;
		r->verdict = r->ok ? VERDICT_SKIP : VERDICT_ERROR;
	}
	r->name = text_copy(rest, length);
	r->reason = reason ? text_format("%s", reason) : NULL;
	return true;
}

bool ktap_is_result(const char *line)
{
	return ktap_skip_prefix(line, "ok ") || ktap_skip_prefix(line, "not ok ");
}

size_t ktap_location_length(const char *message)
{
	size_t file = strcspn(message, ": "), line;

	if (!file || message[file] != ':')
		return 0;
	line = strspn(message + file + 1, "0123456789");
	return line && !strncmp(message + file + 1 + line, ": ", 2) ? file + 1 + line : 0;
}

/* Moves *@text past " KEY=NUMBER". */
static bool take_number(const char **text, const char *key, json_int_t *number)
{
	const char *value = ktap_skip_prefix(*text, key);
	char *end;

	if (!value || !isdigit((unsigned char)*value))
		return false;
	errno = 0;
	*number = strtoll(value, &end, 10);
	*text = end;
	return !errno;
}

json_t *ktap_parse_cost(const char *text)
{
	size_t length = 0;
	json_int_t exits = -1, median, p99;
	const char *rest;

	while (isalnum((unsigned char)text[length]) || text[length] == '_' || text[length] == '-')
		length++;
	rest = ktap_skip_prefix(text + length, " exits=unknown");
	if (!rest) {
		rest = text + length;
		if (!take_number(&rest, " exits=", &exits))
			return NULL;
	}
	if (!length || !take_number(&rest, " median-cycles=", &median) ||
	    !take_number(&rest, " p99-cycles=", &p99) || *rest)
		return NULL;
	return json_pack("{s:s%, s:o, s:I, s:I}", "operation", text, length, "exits",
			 exits < 0 ? json_null() : json_integer(exits), "median_cycles", median, "p99_cycles",
			 p99);
}

void ktap_parse_header(json_t *guest, const char *words)
{
	static const struct {
		const char *word, *key;
		bool number;
	} known[] = {
		{"base", "base", true},
		{"max", "max", true},
		{"features", "features", true},
		{"hints", "hints", true},
		{"vendor", "vendor", false},
		{"vcpus", "vcpus", true},
		{"apic", "apic", false},
		{"tsc-khz", "tsc_khz", true},
		{"clock", "clock", false},
		{"protocol", "boot_protocol", false},
		{"cmdline", "command_line", false},
		{"memory", "memory", false},
	};

	while (*words) {
		size_t word_length = strcspn(words, "= ");
		const char *value = words + word_length + (words[word_length] == '=');
		bool quoted = *value == '"';
		size_t value_length = quoted ? strcspn(++value, "\"") : strcspn(value, " ");
		char *text = text_copy(value, value_length);

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (strlen(known[i].word) != word_length ||
			    strncmp(words, known[i].word, word_length))
				continue;
			json_object_set_new(guest, known[i].key,
					    known[i].number ? json_integer(strtoll(text, NULL, 0)) :
							      json_string(text));
			if (!strcmp(known[i].word, "features"))
				json_object_set_new(guest, "features_hex", json_string(text));
		}
		free(text);
		words = value + value_length + (quoted && value[value_length]);
		words += strspn(words, " ");
	}
}
