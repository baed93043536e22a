/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_hosts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/join_names.h"

/* Up to so many exceptions are named: "everywhere but in". */
#define FEW 4

/* One pair of hosts, and what of it is on which side. */
struct view {
	const struct diff_pairs *pairs;
	size_t host;
	FILE *out;
	bool any; /* differences so far */
};

static const struct result_entry *side(const struct pair *p, bool now)
{
	return now ? p->now : p->before;
}

/* From the first of the host's results that has it. */
static const char *describe(const struct view *v, bool now, const char *part, const char *key)
{
	for (size_t i = 0; i < v->pairs->count; i++) {
		const struct pair *p = &v->pairs->all[i];
		const json_t *rest = p->host == v->host && side(p, now) ? side(p, now)->rest : NULL;
		const char *text = result_string(part ? json_object_get(rest, part) : rest, key);

		if (*text)
			return text;
	}
	return "";
}

/* The same for objects. */
static const json_t *find(const struct view *v, bool now, const char *part, const char *key)
{
	for (size_t i = 0; i < v->pairs->count; i++) {
		const struct pair *p = &v->pairs->all[i];
		const json_t *rest = p->host == v->host && side(p, now) ? side(p, now)->rest : NULL;
		const json_t *found = json_object_get(json_object_get(rest, part), key);

		if (json_is_object(found))
			return found;
	}
	return NULL;
}

static void print_title(struct view *v, const char *title)
{
	text_print(v->out, "  %-12s", title);
	v->any = true;
}

static void print_change(struct view *v, const char *title, const char *before, const char *now)
{
	if (!*before || !*now || !strcmp(before, now))
		return;
	print_title(v, title);
	text_print(v->out, "%s -> %s\n", before, now);
}

/* Takes @item over. */
static void print_parameter(struct view *v, const char *module, struct wrapped_list *lines, char *item)
{
	if (!lines->column) {
		print_title(v, module);
		*lines = (struct wrapped_list){.out = v->out, .indent = 14, .column = 14};
		lines->column += text_print(v->out, "%s", item);
	} else {
		fputc(',', v->out);
		wrapped_list_print(lines, item);
	}
	free(item);
}

static void print_module(struct view *v, const char *module, const json_t *before, const json_t *now)
{
	struct wrapped_list lines = {0};
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)now, name, value) {
		const char *was = json_string_value(json_object_get(before, name)),
			   *is = json_string_value(value);

		if (!was && is)
			print_parameter(v, module, &lines, text_format("%s=%s (new)", name, is));
		else if (is && strcmp(was, is) != 0)
			print_parameter(v, module, &lines, text_format("%s=%s -> %s", name, was, is));
	}
	json_object_foreach((json_t *)before, name, value)
		if (json_is_string(value) && !json_object_get(now, name))
			print_parameter(v, module, &lines,
					text_format("%s=%s (gone)", name, json_string_value(value)));
	if (lines.column)
		fputc('\n', v->out);
}

/* Another vendor's module has nothing but other parameters. */
static void print_parameters(struct view *v)
{
	const json_t *before = find(v, false, "host", "kvm_parameters");
	const json_t *now = find(v, true, "host", "kvm_parameters");
	const char *module;
	json_t *unused;

	json_object_foreach((json_t *)now, module, unused)
		if (json_object_get(before, module))
			print_module(v, module, json_object_get(before, module),
				     json_object_get(now, module));
}

/* Differences, as text, each with the names of the configurations that have it. */
struct differences {
	json_t *places; /* text -> array of names */
	json_t *all; /* names of all configurations that could have one, in the same order */
};

/* Takes @text over. */
static void add_difference(struct differences *d, char *text, json_t *place)
{
	if (!json_object_get(d->places, text))
		json_object_set_new(d->places, text, json_array());
	json_array_append(json_object_get(d->places, text), place);
	free(text);
}

/* The names of @all that are not in @some, which has them in the same order. */
static json_t *others(const json_t *all, const json_t *some)
{
	json_t *rest = json_array(), *name;
	size_t next = 0, i;

	json_array_foreach(all, i, name) {
		if (json_array_get(some, next) == name)
			next++;
		else
			json_array_append(rest, name);
	}
	return rest;
}

static char *where(const struct differences *d, const json_t *places)
{
	size_t count = json_array_size(places), all = json_array_size(d->all);
	bool most = count < all && count > FEW && all - count <= FEW;
	json_t *exceptions = most ? others(d->all, places) : NULL;
	char *names = join_names(most ? exceptions : places), *text;

	if (all > 1 && count == all)
		text = text_format("everywhere");
	else
		text = text_format("%s %s", most ? "everywhere but in" : "in", names);
	free(names);
	json_decref(exceptions);
	return text;
}

static void print_differences(struct view *v, const char *title, struct differences *d)
{
	const char *text;
	json_t *places;

	json_object_foreach(d->places, text, places) {
		char *in = where(d, places);

		print_title(v, title);
		text_print(v->out, "%s %s\n", text, in);
		free(in);
		title = "";
	}
	json_decref(d->places);
	json_decref(d->all);
}

static void add_bits(struct differences *d, const json_t *before, const json_t *now, bool hint, json_t *place)
{
	const char *key = hint ? "hints" : "features";
	uint32_t was = (uint32_t)result_number(before, key), is = (uint32_t)result_number(now, key);

	for (int bit = 0; bit < 32; bit++)
		if ((was ^ is) >> bit & 1)
			add_difference(d,
				       text_format("%c %s (%s %d)", is >> bit & 1 ? '+' : '-',
						   pv_bit_name(hint, bit), hint ? "hint" : "bit", bit),
				       place);
}

/* What KVM offers to VMMs, which may hide some of it from guests. */
static void print_offer(struct view *v)
{
	struct differences d = {json_object(), json_array()};
	const json_t *before = find(v, false, "expected", "kvm"), *now = find(v, true, "expected", "kvm");
	json_t *kvm = json_string("what KVM offers");

	json_array_append_new(d.all, kvm);
	if (before && now) {
		add_bits(&d, before, now, false, kvm);
		add_bits(&d, before, now, true, kvm);
	}
	print_differences(v, "KVM", &d);
}

/* Guests that see no KVM, before and now, cannot see a difference. */
static void print_features(struct view *v)
{
	struct differences d = {json_object(), json_array()};

	for (size_t i = 0; i < v->pairs->count; i++) {
		const struct pair *p = &v->pairs->all[i];
		const json_t *before = p->before ? json_object_get(p->before->rest, "guest") : NULL;
		const json_t *now = p->now ? json_object_get(p->now->rest, "guest") : NULL;
		long long was = result_number(before, "base"), is = result_number(now, "base");
		json_t *place;

		if (p->host != v->host || !json_is_integer(json_object_get(before, "base")) ||
		    !json_is_integer(json_object_get(now, "base")) || (!was && !is))
			continue;
		place = text_json(p->name);
		json_array_append_new(d.all, place);
		if (was != is)
			add_difference(&d, text_format("leaf 0x%llx -> 0x%llx", was, is), place);
		add_bits(&d, before, now, false, place);
		add_bits(&d, before, now, true, place);
	}
	print_differences(v, "features", &d);
}

/*
 * The arguments of QEMU and the guest's kernel, in one line; NULL if there are none. The frequency of a host's TSC is
 * measured at each boot and differs, so it is left out.
 */
static char *arguments(const struct result_entry *r)
{
	const json_t *config = r ? json_object_get(r->rest, "config") : NULL, *word;
	const json_t *words = json_object_get(config, "qemu_args");
	char *text = words ? text_format("%s", "") : NULL, *longer;
	size_t i;

	json_array_foreach(words, i, word) {
		const char *whole = json_string_value(word) ? json_string_value(word) : "";
		const char *hz = strstr(whole, "tsc-frequency="), *rest;

		hz = hz ? hz + strlen("tsc-frequency=") : whole + strlen(whole);
		rest = hz + strspn(hz, "0123456789");
		longer = text_format("%s%.*s%s%s ", text, (int)(hz - whole), whole, rest > hz ? "HZ" : "",
				     rest);
		free(text);
		text = longer;
	}
	if (!text)
		return NULL;
	longer = text_format("%s-append %s", text, result_string(config, "append"));
	free(text);
	return longer;
}

/* The words that differ, and what is between them: "-m 32 -> -m 64". */
static char *changed_words(const char *before, const char *now)
{
	size_t start = 0, was = strlen(before), is = strlen(now), end = 0;

	for (size_t i = 0; before[i] && before[i] == now[i]; i++)
		if (before[i] == ' ')
			start = i + 1;
	for (size_t i = 1; i + start <= was && i + start <= is && before[was - i] == now[is - i]; i++)
		if (before[was - i] == ' ')
			end = i;
	return text_format("%.*s -> %.*s", (int)(was - start - end), before + start, (int)(is - start - end),
			   now + start);
}

/* Prints which configurations were edited between the two runs. */
static void print_arguments(struct view *v)
{
	struct differences d = {json_object(), json_array()};

	for (size_t i = 0; i < v->pairs->count; i++) {
		const struct pair *p = &v->pairs->all[i];
		char *before = p->host == v->host ? arguments(p->before) : NULL;
		char *now = p->host == v->host ? arguments(p->now) : NULL;
		json_t *place;

		if (before && now) {
			place = text_json(p->name);
			json_array_append_new(d.all, place);
			if (strcmp(before, now) != 0)
				add_difference(&d, changed_words(before, now), place);
		}
		free(before);
		free(now);
	}
	print_differences(v, "arguments", &d);
}

static void print_heading(const struct view *v, const struct pair_of_hosts *hosts)
{
	const char *started = describe(v, false, NULL, "started"),
		   *qemu = describe(v, false, "host", "qemu_version");

	text_print(v->out, "Compared with the run of %.10s %.5s UTC on %s%sLinux %s%s%s:\n", started,
		   strlen(started) > 16 ? started + 11 : "", hosts->before, *hosts->before ? ": " : "",
		   describe(v, false, "host", "release"), *qemu ? ", QEMU " : "", qemu);
}

static void print_hosts(const struct diff_pairs *pairs, size_t host, FILE *out)
{
	static const struct {
		const char *title, *key;
	} rows[] = {
		{"kernel", "release"}, {"", "version"},		 {"QEMU", "qemu_version"},
		{"CPU", "cpu_model"},  {"module", "kvm_module"},
	};
	struct view v = {.pairs = pairs, .host = host, .out = out};
	const struct pair_of_hosts *hosts = &pairs->hosts[host];

	print_heading(&v, hosts);
	print_change(&v, "host", hosts->before, hosts->now);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		print_change(&v, rows[i].title, describe(&v, false, "host", rows[i].key),
			     describe(&v, true, "host", rows[i].key));
	print_parameters(&v);
	print_arguments(&v);
	print_offer(&v);
	print_features(&v);
	if (!v.any)
		fputs("  the same host, with the same parameters, advertises the same features\n", out);
	fputc('\n', out);
}

static void print_unpaired(const char *side_name, const json_t *hosts, FILE *out)
{
	char *names;

	if (!json_array_size(hosts))
		return;
	names = join_names(hosts);
	text_print(out, "Not compared, because only %s has it: %s\n\n", side_name, names);
	free(names);
}

void diff_hosts_print(const struct diff_pairs *pairs, FILE *out)
{
	for (size_t i = 0; i < pairs->host_count; i++)
		print_hosts(pairs, i, out);
	print_unpaired("the baseline", pairs->only_before, out);
	print_unpaired("this run", pairs->only_now, out);
}
