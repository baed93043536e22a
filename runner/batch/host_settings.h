/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the host, as a rule in /sys, that have to have certain contents: the key check of unittests.cfg. */
#ifndef RUNNER_BATCH_HOST_SETTINGS_H
#define RUNNER_BATCH_HOST_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct host_settings {
	struct host_setting {
		char *path, *before;
	} * changed; /* what host_settings_restore() puts back */
	size_t count;
	int guard; /* a pipe to the process that puts it back if this one is killed */
	pid_t guard_pid;
};

/* Tries to give each file of @check ("PATH=VALUE PATH=VALUE") its value. To be restored before the next one is applied. */
void host_settings_apply(struct host_settings *s, const char *check);
void host_settings_restore(struct host_settings *s);
/* The first PATH=VALUE of @check that the host does not meet, or NULL. The caller frees it. */
char *host_settings_unmet(const char *check);

#endif
