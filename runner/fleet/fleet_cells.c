/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "runner/common/alloc.h"
#include "runner/fleet/fleet.h"

static int compare_cells(const void *a, const void *b)
{
	const struct fleet_cell *one = a, *other = b;

	if (one->outcome != other->outcome)
		return one->outcome < other->outcome ? -1 : 1;
	return one->platform < other->platform ? -1 : one->platform > other->platform;
}

void fleet_cells_init(struct fleet_cells *cells, const struct fleet *fleet)
{
	struct fleet_cell *all = alloc_bytes(fleet->count * sizeof(*all));
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < fleet->count; i++)
		if (fleet->hosts[i].outcome != FLEET_NONE)
			all[count++] =
				(struct fleet_cell){fleet->hosts[i].outcome, fleet->hosts[i].platform, 1};
	qsort(all, count, sizeof(*all), compare_cells);
	for (size_t i = 0; i < count; i++)
		if (kept && !compare_cells(&all[kept - 1], &all[i]))
			all[kept - 1].hosts++;
		else
			all[kept++] = all[i];
	*cells = (struct fleet_cells){.all = all, .count = kept, .hosts = count};
}

void fleet_cells_free(struct fleet_cells *cells)
{
	free(cells->all);
}
