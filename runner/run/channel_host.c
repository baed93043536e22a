/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's verbs that change the host, which its owner has to allow: clocksource, host-cpu. */
#include "runner/run/channel_verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/text.h"

#define CLOCKSOURCES "/sys/devices/system/clocksource/clocksource0/"
#define LINE_SIZE    256

static bool is_allowed(struct channel *c)
{
	if (!c->set_host)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "SET_HOST=on would allow it to change this host");
	return c->set_host;
}

static void refuse(struct channel *c, int error)
{
	if (error == EACCES || error == EPERM || error == EROFS)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "root");
	else
		channel_finish(c, CHANNEL_IS_FAILED, "%s", strerror(error));
}

static void change(struct channel *c, const char *path, const char *value)
{
	if (!host_change_write(&c->change, path, value))
		refuse(c, errno);
}

void channel_host_changed(struct channel *c)
{
	struct host_change_outcome outcome;

	host_change_outcome(&c->change, &outcome);
	if (outcome.error == EPIPE)
		host_change_end(&c->change);
	if (!c->number)
		return; /* the VM was reset meanwhile */
	if (outcome.error)
		refuse(c, outcome.error);
	else
		channel_finish(c, CHANNEL_IS_OK, "took-us=%" PRId64, outcome.took_us);
}

/* The best one on which KVM's clock is not based: the host lists them by their rating. In @name[LINE_SIZE], or "". */
static void find_other_clocksource(char *name)
{
	char line[LINE_SIZE], *rest = line, *word;

	host_change_read(CLOCKSOURCES "available_clocksource", line, sizeof(line));
	*name = '\0';
	while (!*name && (word = strsep(&rest, " ")))
		if (strcmp(word, "tsc") != 0 && strncmp(word, "hyperv", strlen("hyperv")) != 0)
			snprintf(name, LINE_SIZE, "%s", word);
}

void channel_clocksource(struct channel *c, uint64_t tsc)
{
	static const char current[] = CLOCKSOURCES "current_clocksource";
	char now[LINE_SIZE], other[LINE_SIZE];
	bool is_tsc;

	host_change_read(current, now, sizeof(now));
	is_tsc = !strcmp(now, "tsc");
	find_other_clocksource(other);
	if (tsc > 1)
		channel_finish(c, CHANNEL_IS_BAD, "the host's clock is another one, 0, or the TSC, 1");
	else if (!is_allowed(c))
		;
	else if (!is_tsc && !c->left_tsc)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "clocksource=tsc");
	else if (!*other)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "clocksource=hpet");
	else if (is_tsc == (bool)tsc)
		channel_finish(c, CHANNEL_IS_OK, "took-us=0");
	else
		change(c, current, tsc ? "tsc" : other);
	c->left_tsc |= c->set_host && is_tsc && !tsc;
}

void channel_host_cpu(struct channel *c, uint64_t cpu, uint64_t on)
{
	char path[LINE_SIZE];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%" PRIu64 "/online", cpu);
	if (on > 1)
		channel_finish(c, CHANNEL_IS_BAD, "a CPU of the host is off, 0, or on, 1");
	else if (!is_allowed(c))
		;
	else if (access(path, F_OK))
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "host-cpu=%" PRIu64, cpu);
	else
		change(c, path, on ? "1" : "0");
}
