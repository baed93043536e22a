/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/fleet/fleet.h"

struct item {
	size_t number, first, hosts; /* number: before; first: its first host */
	int rank;
};

static int rank_of(const json_t *outcome)
{
	switch (result_number(outcome, "status")) {
	case STATUS_FAILED:
		return 0;
	case STATUS_CANNOT_RUN:
		return 1;
	case STATUS_NOTHING_VALIDATED:
		return 2;
	default:
		return 3;
	}
}

static int compare_items(const void *a, const void *b)
{
	const struct item *one = a, *other = b;

	if (one->rank != other->rank)
		return one->rank - other->rank;
	if (one->hosts != other->hosts)
		return one->hosts > other->hosts ? -1 : 1;
	return one->first < other->first ? -1 : one->first > other->first;
}

static void order(const struct fleet *fleet, json_t **all, size_t (*number)(const struct fleet_host *),
		  void (*set)(struct fleet_host *, size_t))
{
	size_t count = json_array_size(*all);
	struct item *items = alloc_bytes(count * sizeof(*items));
	size_t *places = alloc_bytes(count * sizeof(*places));
	json_t *ordered = json_array();

	for (size_t i = 0; i < count; i++)
		items[i] = (struct item){.number = i, .rank = rank_of(json_array_get(*all, i))};
	for (size_t i = fleet->count; i-- > 0;)
		if (number(&fleet->hosts[i]) != FLEET_NONE) {
			items[number(&fleet->hosts[i])].first = i;
			items[number(&fleet->hosts[i])].hosts++;
		}
	qsort(items, count, sizeof(*items), compare_items);
	for (size_t i = 0; i < count; i++) {
		places[items[i].number] = i;
		json_array_append(ordered, json_array_get(*all, items[i].number));
	}
	for (size_t i = 0; i < fleet->count; i++)
		if (number(&fleet->hosts[i]) != FLEET_NONE)
			set(&fleet->hosts[i], places[number(&fleet->hosts[i])]);
	json_decref(*all);
	*all = ordered;
	free(places);
	free(items);
}

static size_t outcome_of(const struct fleet_host *host)
{
	return host->outcome;
}

static void set_outcome(struct fleet_host *host, size_t number)
{
	host->outcome = number;
}

static size_t platform_of(const struct fleet_host *host)
{
	return host->platform;
}

static void set_platform(struct fleet_host *host, size_t number)
{
	host->platform = number;
}

void fleet_order(struct fleet *fleet)
{
	order(fleet, &fleet->outcomes, outcome_of, set_outcome);
	order(fleet, &fleet->platforms, platform_of, set_platform);
}
