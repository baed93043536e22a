/* SPDX-License-Identifier: BSD-2-Clause */
/* What two hosts offer guests, and what their configurations ask for: each difference with where it is. */
#include "runner/report/diff_hosts_view.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/join_names.h"

/* Up to so many exceptions are named: "everywhere but in". */
#define FEW 4

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

static void print_differences(struct host_view *v, const char *title, struct differences *d)
{
	const char *text;
	json_t *places;

	json_object_foreach(d->places, text, places) {
		char *in = where(d, places);

		diff_hosts_title(v, title);
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

void diff_hosts_offer(struct host_view *v)
{
	struct differences d = {json_object(), json_array()};
	const json_t *before = diff_hosts_find(v, false, "expected", "kvm"),
		     *now = diff_hosts_find(v, true, "expected", "kvm");
	json_t *kvm = json_string("what KVM offers");

	json_array_append_new(d.all, kvm);
	if (before && now) {
		add_bits(&d, before, now, false, kvm);
		add_bits(&d, before, now, true, kvm);
	}
	print_differences(v, "KVM", &d);
}

/* Guests that see no KVM, before and now, cannot see a difference. */
void diff_hosts_features(struct host_view *v)
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
void diff_hosts_arguments(struct host_view *v)
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
