/* SPDX-License-Identifier: BSD-2-Clause */
/* Results of the same configurations on several hosts, a column for each host. */
#ifndef HOST_SIDE_BY_SIDE_H
#define HOST_SIDE_BY_SIDE_H

#include <jansson.h>
#include <stddef.h>

/*
 * @results carry their host in the member "host_label". Prints what each host is, each
 * configuration's verdict there, and every test whose verdict is not the same everywhere.
 */
void side_by_side_print(json_t *const *results, size_t n);

#endif
