/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet.h"

/* Where several facts explain a failure alike, the first is named. */
static const struct {
	const char *fact, *title, *plural, *member; /* member: of a host in docs/report.schema.json */
} known[] = {
	{"kernel", "kernel", "kernels", "release"},
	{"build", "build", "builds", "version"},
	{"qemu", "QEMU", "versions of QEMU", "qemu_version"},
	{"cpu", "processor", "processors", "cpu_model"},
	{"module", "module", "modules", "kvm_module"},
	{"vendor", "vendor", "vendors", "cpu_vendor"},
	{"test_kernel", "test kernel", "test kernels", "kernel_sha256"},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

const char *const fleet_facts[] = {"kernel", "build", "qemu", "cpu", "module", "vendor", "test_kernel", NULL};

const char *fleet_fact_title(const char *fact)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (!strcmp(known[i].fact, fact))
			return known[i].title;
	return fact;
}

const char *fleet_fact_plural(const char *fact)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (!strcmp(known[i].fact, fact))
			return known[i].plural;
	return fact;
}

static void add_parameters(json_t *facts, const char *module, json_t *parameters)
{
	const char *name;
	json_t *value;

	json_object_foreach(parameters, name, value) {
		char *fact = text_format("%s.%s", module, name);

		if (json_is_string(value))
			json_object_set(facts, fact, value);
		free(fact);
	}
}

json_t *fleet_facts_make(const json_t *report)
{
	const json_t *host = json_array_get(json_object_get(report, "hosts"), 0);
	json_t *facts = json_object(), *parameters;
	const char *module;

	for (size_t i = 0; i < KNOWN; i++)
		if (*result_string(host, known[i].member))
			json_object_set(facts, known[i].fact, json_object_get(host, known[i].member));
	json_object_foreach(json_object_get(host, "kvm_parameters"), module, parameters)
		add_parameters(facts, module, parameters);
	return facts;
}
