/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a series that are alike, joined: same neighbours, same kind, same words, in the same places. */
#ifndef RUNNER_REPORT_SERIES_GROUP_H
#define RUNNER_REPORT_SERIES_GROUP_H

#include <jansson.h>

/*
 * @changes: as from series_changes_find(). Returns an array, which the caller frees: "changes" of docs/series.schema.json.
 */
json_t *series_group(const json_t *changes);

#endif
