/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations: the sections of unittests.cfg, whose first comment describes the keys. Values are compared, joined
 * and split at blanks, but never evaluated. Nothing here depends on the locale.
 */
#ifndef RUNNER_BATCH_CONFIG_H
#define RUNNER_BATCH_CONFIG_H

#include <jansson.h>
#include <stddef.h>

enum config_key {
	CONFIG_SMP,
	CONFIG_QEMU_PARAMS, /* after config_parse(): all of QEMU's arguments but -smp, made from the next five keys too */
	CONFIG_MACHINE,
	CONFIG_BIOS,
	CONFIG_MEMORY,
	CONFIG_CPU,
	CONFIG_CPU_FLAGS,
	CONFIG_GROUPS,
	CONFIG_TIMEOUT,
	CONFIG_ACCEL,
	CONFIG_CHECK,
	CONFIG_FEATURES,
	CONFIG_ABSENT,
	CONFIG_MAY_REFUSE,
	CONFIG_ENFORCE,
	CONFIG_AFFINITY,
	CONFIG_VCPU_AFFINITY,
	CONFIG_COLD_MEMORY,
	CONFIG_CONSOLE,
	CONFIG_CHANNEL,
	CONFIG_APPEND,
	CONFIG_FILE,
	CONFIG_KEYS /* how many there are */
};

struct config {
	char *name;
	unsigned int line; /* of its [NAME] in the file, from 1; 0 if it comes from no file */
	/* A VM that comes from another host: in the folder of which run, and as which configuration of that. Else NULL. */
	char *arrives_from, *arrives_as;
	char *values[CONFIG_KEYS]; /* NULL: neither the section nor [defaults] sets the key */
};

struct config_list {
	struct config *configs; /* in the file's order */
	size_t count;
	json_t *index; /* name -> position in @configs */
};

/*
 * Reads @path into @list. NULL: done. Otherwise one line that says what is wrong, without a newline ("FILE:LINE:
 * MESSAGE" for a mistake in the file); the caller frees it. Call config_free() in either case.
 */
char *config_parse(struct config_list *list, const char *path);
/* Makes @list empty: a list starts with this, unless config_parse() fills it. */
void config_init(struct config_list *list);
void config_free(struct config_list *list);

/*
 * A new configuration without values, at the end of @list; NULL: there is one of this name. It moves when the next one
 * is added.
 */
struct config *config_add(struct config_list *list, const char *name, unsigned int line);
/* Sets a value, in place of the one before; NULL unsets it. The value is copied. */
void config_set(struct config *config, enum config_key key, const char *value);

/* The configuration of this name, or NULL. Does not search. */
struct config *config_find(const struct config_list *list, const char *name);
/* The value, or where there is none what the key stands for then (smp: "2", file: "kvm-pv-tests", ...), or NULL. */
const char *config_value(const struct config *config, enum config_key key);
/* As in unittests.cfg: "smp". */
const char *config_key_name(enum config_key key);

#endif
