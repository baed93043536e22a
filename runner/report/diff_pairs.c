/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_pairs.h"
#include "runner/common/alloc.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

/* The labels of hosts, in their order, as the keys of an object. */
static json_t *hosts_of(const struct result_set *set)
{
	json_t *hosts = json_object();

	for (size_t i = 0; i < set->count; i++)
		json_object_set_new(hosts, set->all[i].host, json_integer((json_int_t)i));
	return hosts;
}

static const char *label(const struct result_set *set, const json_t *index)
{
	return set->all[json_integer_value(index)].host;
}

/* One host is compared with the other whatever their names are, several by their names. */
static void pair_hosts(struct diff_pairs *p, const struct result_set *set_before,
		       const struct result_set *set_now)
{
	json_t *before = hosts_of(set_before), *now = hosts_of(set_now), *index;
	bool single = json_object_size(before) == 1 && json_object_size(now) == 1;
	const char *host;

	p->hosts = alloc_bytes(json_object_size(now) * sizeof(*p->hosts));
	json_object_foreach(now, host, index) {
		const json_t *match = single ? json_object_iter_value(json_object_iter(before)) :
					       json_object_get(before, host);

		if (match)
			p->hosts[p->host_count++] =
				(struct pair_of_hosts){label(set_before, match), label(set_now, index)};
		else
			json_array_append_new(p->only_now, text_json(host));
	}
	json_object_foreach(before, host, index)
		if (!single && !json_object_get(now, host))
			json_array_append_new(p->only_before, text_json(host));
	json_decref(before);
	json_decref(now);
}

static void add(struct diff_pairs *p, size_t host, const struct result_entry *before,
		const struct result_entry *now, bool left_out)
{
	const char *config = now ? now->config : before->config;
	json_t *name = p->host_count == 1 ? json_string(config) :
					    text_json_format("%s/%s", p->hosts[host].now, config);

	json_array_append_new(p->names, name);
	p->all[p->count++] = (struct pair){before, now, json_string_value(name), host, left_out};
}

/* @host's results by the names of their configurations: indices into the set. */
static json_t *results_of(const struct result_set *set, const char *host)
{
	json_t *results = json_object();

	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->all[i].host, host) && !json_object_get(results, set->all[i].config))
			json_object_set_new(results, set->all[i].config, json_integer((json_int_t)i));
	return results;
}

static void pair_results(struct diff_pairs *p, size_t host, const struct result_set *set_before,
			 const struct result_set *set_now, bool part)
{
	json_t *before = results_of(set_before, p->hosts[host].before), *index;
	json_t *now = results_of(set_now, p->hosts[host].now);
	const char *config;

	json_object_foreach(now, config, index) {
		const json_t *match = json_object_get(before, config);

		add(p, host, match ? &set_before->all[json_integer_value(match)] : NULL,
		    &set_now->all[json_integer_value(index)], false);
	}
	json_object_foreach(before, config, index)
		if (!json_object_get(now, config))
			add(p, host, &set_before->all[json_integer_value(index)], NULL, part);
	json_decref(before);
	json_decref(now);
}

void diff_pairs_make(struct diff_pairs *pairs, const struct result_set *before, const struct result_set *now,
		     bool part)
{
	*pairs = (struct diff_pairs){
		.all = alloc_bytes((before->count + now->count) * sizeof(*pairs->all)),
		.only_before = json_array(),
		.only_now = json_array(),
		.names = json_array(),
	};
	pair_hosts(pairs, before, now);
	for (size_t i = 0; i < pairs->host_count; i++)
		pair_results(pairs, i, before, now, part);
}

void diff_pairs_free(struct diff_pairs *pairs)
{
	free(pairs->all);
	free(pairs->hosts);
	json_decref(pairs->only_before);
	json_decref(pairs->only_now);
	json_decref(pairs->names);
}
