/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's verbs that change the host, which its owner has to allow: clocksource, host-cpu. */
#include "runner/run/channel_verbs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/clock.h"
#include "runner/common/text.h"

#define CLOCKSOURCES "/sys/devices/system/clocksource/clocksource0/"
#define LINE_SIZE    256
/* For vCPUs that are about to rest to do so; for others it is in vain. */
#define REST_MS 1000
#define LOOK_MS 5

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

/* The state in /proc/PID/task/@thread/stat, behind the name in brackets; 0: it has ended. */
static char thread_state(int tasks, const char *thread)
{
	char path[LINE_SIZE + sizeof("/stat")], text[LINE_SIZE];
	const char *name_end;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s/stat", thread);
	fd = openat(tasks, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	name_end = strrchr(text, ')');
	return name_end && name_end[1] ? name_end[2] : '\0';
}

/* Whether no thread of QEMU's runs or is ready to. */
static bool vm_rests(pid_t pid)
{
	char path[LINE_SIZE];
	const struct dirent *entry;
	bool rests = true;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.' && thread_state(dirfd(tasks), entry->d_name) == 'R')
			rests = false;
	if (tasks)
		closedir(tasks);
	return rests;
}

/*
 * KVM takes a vCPU that leaves its CPU just when another CPU comes online for a TSC that went back, so vCPUs that are about to rest
 * get the time for it.
 */
int64_t channel_host_watch(struct channel *c)
{
	struct channel_host_cpu *wanted = &c->host_cpu;

	if (vm_rests(c->vm->pid) || now_ms() >= wanted->by_ms) {
		wanted->by_ms = 0;
		change(c, wanted->path, "1");
	}
	return wanted->by_ms ? now_ms() + LOOK_MS : INT64_MAX;
}

void channel_host_cpu(struct channel *c, uint64_t cpu, uint64_t on)
{
	struct channel_host_cpu *wanted = &c->host_cpu;

	snprintf(wanted->path, sizeof(wanted->path), "/sys/devices/system/cpu/cpu%" PRIu64 "/online", cpu);
	if (on > 1)
		channel_finish(c, CHANNEL_IS_BAD, "a CPU of the host is off, 0, or on, 1");
	else if (!is_allowed(c))
		;
	else if (access(wanted->path, F_OK))
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "host-cpu=%" PRIu64, cpu);
	else if (on)
		wanted->by_ms = after_ms(REST_MS);
	else
		change(c, wanted->path, "0");
}
