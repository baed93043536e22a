/* SPDX-License-Identifier: BSD-2-Clause */
/* What nested hosts can be made of, as nested-host/kernels lists it. */
#ifndef RUNNER_BATCH_HOST_CATALOGUE_H
#define RUNNER_BATCH_HOST_CATALOGUE_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The objects that nested-host/kernels prints with an option (NULL: none), only those that need no network if @cached.
 * The caller releases the array. NULL: it could not list them, and has said why.
 */
json_t *host_catalogue(const char *option, bool cached);

/* --list-hosts: prints all of it as tables. Returns the exit status. */
int host_catalogue_print(void);

#endif
