/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/result.h"
#include "runner/fleet/fleet_report.h"
#include "runner/report/html_page.h"

/* A page has so many classes, outliers and changes with all that is known of them; JSON has the rest. */
#define DETAILED_MAX 300
/* So many differences and failures of each of them. */
#define LIST_MAX 100

/* Half of the page would be names of members. */
static json_t *compact_hosts(const json_t *hosts)
{
	json_t *made = json_array();
	const json_t *host;
	size_t i;

	json_array_foreach(hosts, i, host)
		json_array_append_new(made, json_pack("[O, O, O, O, O]", json_object_get(host, "name"),
						      json_object_get(host, "class"),
						      json_object_get(host, "platform"),
						      json_object_get(host, "end"),
						      json_object_get(host, "message")));
	return made;
}

static void cut(json_t *array, size_t most)
{
	while (json_array_size(array) > most)
		json_array_remove(array, json_array_size(array) - 1);
}

static void cut_values(const json_t *facts)
{
	json_t *fact;
	size_t i;

	json_array_foreach(facts, i, fact)
		cut(json_object_get(fact, "values"), LIST_MAX);
}

/* The list @key of each of @array's members, of which those at the end lose it. */
static void cut_lists(const json_t *array, const char *key)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
		if (json_is_array(json_object_get(value, key)))
			cut(json_object_get(value, key), i < DETAILED_MAX ? LIST_MAX : 0);
}

void fleet_html(json_t *document)
{
	json_t *changes = json_object_get(json_object_get(document, "comparison"), "changes");

	json_object_set_new(document, "version", json_string(KVM_PV_TESTS_VERSION));
	json_object_set_new(document, "hosts", compact_hosts(json_object_get(document, "hosts")));
	cut_lists(json_object_get(document, "classes"), "failures");
	cut_lists(json_object_get(document, "outliers"), "differences");
	cut_lists(changes, "differences");
	cut_values(json_object_get(document, "facts"));
	html_page_print(html_fleet_page, html_fleet_script, document);
}
