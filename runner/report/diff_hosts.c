/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_hosts.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_hosts_view.h"
#include "runner/report/join_names.h"

static const struct result_entry *side(const struct pair *p, bool now)
{
	return now ? p->now : p->before;
}

/* From the first of the host's results that has it. */
static const char *describe(const struct host_view *v, bool now, const char *part, const char *key)
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

const json_t *diff_hosts_find(const struct host_view *v, bool now, const char *part, const char *key)
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

void diff_hosts_title(struct host_view *v, const char *title)
{
	text_print(v->out, "  %-12s", title);
	v->any = true;
}

static void print_change(struct host_view *v, const char *title, const char *before, const char *now)
{
	if (!*before || !*now || !strcmp(before, now))
		return;
	diff_hosts_title(v, title);
	text_print(v->out, "%s -> %s\n", before, now);
}

/* Takes @item over. */
static void print_parameter(struct host_view *v, const char *module, struct wrapped_list *lines, char *item)
{
	if (!lines->column) {
		diff_hosts_title(v, module);
		*lines = (struct wrapped_list){.out = v->out, .indent = 14, .column = 14};
		lines->column += text_print(v->out, "%s", item);
	} else {
		fputc(',', v->out);
		wrapped_list_print(lines, item);
	}
	free(item);
}

static void print_module(struct host_view *v, const char *module, const json_t *before, const json_t *now)
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
static void print_parameters(struct host_view *v)
{
	const json_t *before = diff_hosts_find(v, false, "host", "kvm_parameters");
	const json_t *now = diff_hosts_find(v, true, "host", "kvm_parameters");
	const char *module;
	json_t *unused;

	json_object_foreach((json_t *)now, module, unused)
		if (json_object_get(before, module))
			print_module(v, module, json_object_get(before, module),
				     json_object_get(now, module));
}

static void print_heading(const struct host_view *v, const struct pair_of_hosts *hosts)
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
	struct host_view v = {.pairs = pairs, .host = host, .out = out};
	const struct pair_of_hosts *hosts = &pairs->hosts[host];

	print_heading(&v, hosts);
	print_change(&v, "host", hosts->before, hosts->now);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		print_change(&v, rows[i].title, describe(&v, false, "host", rows[i].key),
			     describe(&v, true, "host", rows[i].key));
	print_parameters(&v);
	diff_hosts_arguments(&v);
	diff_hosts_offer(&v);
	diff_hosts_features(&v);
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
