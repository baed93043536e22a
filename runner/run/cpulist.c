/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/cpulist.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"

static bool parse_cpu(const char **text, unsigned long *cpu)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*cpu = strtoul(*text, &end, 10);
	*text = end;
	return *cpu < CPU_SETSIZE;
}

bool cpulist_parse(const char *list, cpu_set_t *cpus)
{
	unsigned long first, last;

	CPU_ZERO(cpus);
	do {
		if (!parse_cpu(&list, &first))
			return false;
		last = first;
		if (*list == '-') {
			list++;
			if (!parse_cpu(&list, &last) || last < first)
				return false;
		}
		for (; first <= last; first++)
			CPU_SET(first, cpus);
	} while (*list == ',' && list++);
	return !*list;
}

bool cpulist_parse_each(const char *lists, cpu_set_t **sets, size_t *count)
{
	char *copy = text_format("%s", lists), *rest = copy, *list;
	bool valid = true;

	*sets = NULL;
	*count = 0;
	while ((list = strsep(&rest, " "))) {
		if (!*list)
			continue;
		*sets = alloc_grow(*sets, *count, sizeof(**sets));
		valid &= cpulist_parse(list, &(*sets)[(*count)++]);
	}
	free(copy);
	valid &= *count > 0;
	if (!valid)
		free(*sets);
	return valid;
}

bool cpulist_is_possible(const cpu_set_t *cpus)
{
	cpu_set_t now;
	bool possible;

	if (sched_getaffinity(0, sizeof(now), &now))
		return true;
	possible = !sched_setaffinity(0, sizeof(*cpus), cpus);
	sched_setaffinity(0, sizeof(now), &now);
	return possible;
}
