/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a test or a whole configuration did not run, as data: lib/unmet.h has the kinds. A comparison judges by these;
 * sentences are for people alone. The guest words its own; those about configurations are made here.
 */
#ifndef RUNNER_COMMON_UNMET_H
#define RUNNER_COMMON_UNMET_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/unmet.h"

const char *unmet_name(enum unmet_kind kind);

/* "KIND WHAT": WHAT is the rest of @text, and not empty. False: @text is something else. */
bool unmet_parse(const char *text, enum unmet_kind *kind, const char **what);

/* Whether a guest may give this kind. The others are about configurations. */
bool unmet_is_of_guest(enum unmet_kind kind);

/* {"kind", "what"}, a new reference; and back. False: @object is something else, as in results without the member. */
json_t *unmet_json(enum unmet_kind kind, const char *what);
bool unmet_from_json(const json_t *object, enum unmet_kind *kind, const char **what);

/* Why a configuration did not run, and what would make it run. The caller frees it. */
char *unmet_sentence(enum unmet_kind kind, const char *what);

#endif
