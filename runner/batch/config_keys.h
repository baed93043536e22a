/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys of unittests.cfg: how each is spelled, what it may say, and what its absence means. */
#ifndef RUNNER_BATCH_CONFIG_KEYS_H
#define RUNNER_BATCH_CONFIG_KEYS_H

#include <stdbool.h>

#include "runner/batch/config.h"

struct config_key_rules {
	const char *name;
	/* Is this a value for the key? Values are never empty, and neither begin nor end with a blank. */
	bool (*is_valid)(const char *value);
	const char *
		unset; /* with this value a section goes without the key, even if [defaults] has it; or NULL */
	const char *fallback; /* what its absence means; or NULL */
};

extern const struct config_key_rules config_keys[CONFIG_KEYS];

/* The key of this name, or CONFIG_KEYS. */
enum config_key config_key_find(const char *name);
/* report.json and soak.json are the run's. */
bool config_name_is_reserved(const char *name);
/* [A-Za-z0-9][A-Za-z0-9._+-]*: it is a file's name, too; and not a reserved one. */
bool config_name_is_valid(const char *name);
/* [a-z_]+ */
bool config_key_is_word(const char *key);

#endif
