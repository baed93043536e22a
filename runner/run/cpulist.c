/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/cpulist.h"

#include <ctype.h>
#include <stdlib.h>

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
