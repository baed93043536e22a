/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_jobs.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/jobs.h"
#include "runner/batch/repeat_hosts.h"
#include "runner/common/alloc.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"
#include "runner/common/whole_file.h"

struct host_jobs {
	struct host_runs *runs;
	struct host_outcome *outcome;
};

/* Jobs go to hosts first; those that are left boot hosts once more. No boot is without a configuration. */
static void share_out(const struct host_runs *runs, struct host_outcome *outcome)
{
	long left = runs->batch->jobs;

	for (size_t i = 0; i < runs->hosts->count; i++) {
		long unserved = (long)(runs->hosts->count - i), boots = (left + unserved - 1) / unserved;

		/* The size of a matrix is known only in the host. */
		if (!runs->batch->matrix && boots > (long)runs->selection->count)
			boots = (long)runs->selection->count;
		/* A failure ends all there is of a host. */
		if (runs->batch->goal.until_fail)
			boots = 1;
		if (boots < 1)
			boots = 1;
		left -= boots;
		for (long number = 1; number <= boots; number++) {
			outcome->boots =
				alloc_grow(outcome->boots, outcome->boot_count, sizeof(*outcome->boots));
			outcome->boots[outcome->boot_count++] = (struct host_boot){
				.runs = (struct host_runs *)runs,
				.host = &runs->hosts->hosts[i],
				.number = (size_t)number,
				.of = (size_t)boots,
			};
		}
	}
}

static void count(const struct host_runs *runs, struct host_outcome *outcome)
{
	outcome->ended = outcome->total = 0;
	for (size_t i = 0; i < outcome->boot_count; i++)
		outcome->ended += json_object_size(outcome->boots[i].ended);
	for (size_t i = 0; i < runs->hosts->count; i++)
		outcome->total += runs->batch->matrix ? json_array_size(runs->hosts->hosts[i].plan) :
							runs->selection->count;
}

static void start(void *context, size_t index, struct child *child)
{
	const struct host_jobs *jobs = context;

	host_boot_start(&jobs->outcome->boots[index], child);
}

static void input(void *context, size_t index, int stream, const char *bytes, size_t length)
{
	const struct host_jobs *jobs = context;

	host_boot_input(&jobs->outcome->boots[index], stream, bytes, length);
}

/* Moves what a boot left in its folder to that of its host; its two logs get its number. */
static void gather(const struct host_runs *runs, const struct host_boot *boot)
{
	DIR *names = boot->of > 1 && boot->folder ? opendir(boot->folder) : NULL;
	const struct dirent *entry;

	while (names && (entry = readdir(names))) {
		const char *name = entry->d_name;
		char *from = text_format("%s/%s", boot->folder, name), *to;

		if (!strcmp(name, "host.log") || !strcmp(name, "kernel.log"))
			to = text_format("%s/%s/%.*s-%zu.log", runs->results, boot->host->name,
					 (int)strcspn(name, "."), name, boot->number);
		else
			to = text_format("%s/%s/%s", runs->results, boot->host->name, name);
		if (strcmp(name, ".") && strcmp(name, ".."))
			rename(from, to);
		free(from);
		free(to);
	}
	if (names) {
		closedir(names);
		rmdir(boot->folder);
	}
}

/* False: it cannot be written, which has been said. */
static bool write_plan(const struct host_runs *runs, const struct host *host)
{
	char *path = text_format("%s/%s/plan", runs->results, host->name), *text;
	size_t size, i;
	FILE *out = alloc_stream(&text, &size);
	const json_t *name;
	bool written = true;

	json_array_foreach(host->plan, i, name)
		fprintf(out, "%s\n", json_string_value(name));
	fclose(out);
	if (host->plan && !whole_file_write(path, text)) {
		progress_say(runs->progress, "%s: cannot write %s: %s", host->name, path, strerror(errno));
		written = false;
	}
	free(text);
	free(path);
	return written;
}

/* All boots of @host have ended, or will not start any more. */
static void finish_host(const struct host_jobs *jobs, struct host *host)
{
	struct host_runs *runs = jobs->runs;
	struct host_outcome *outcome = jobs->outcome;
	struct host_end ended = {.whole = true};

	for (size_t i = 0; i < outcome->boot_count; i++) {
		const struct host_boot *boot = &outcome->boots[i];

		if (boot->host != host)
			continue;
		gather(runs, boot);
		outcome->incomplete |= boot->lost;
		ended.whole &= boot->name && boot->status < STATUS_SIGNAL;
		ended.dead |= boot->dead;
		if (json_array_size(boot->said))
			ended.why = json_string_value(
				json_array_get(boot->said, json_array_size(boot->said) - 1));
	}
	outcome->incomplete |= !write_plan(runs, host);
	host->finished = true;
	if (runs->host_ended)
		runs->host_ended(runs->context, host, &ended);
}

/* Logs of a boot that another one follows get the next number, behind those that gather() gives. */
static void put_aside(const struct host_boot *boot)
{
	static const char *const logs[] = {"host", "kernel"};

	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		char *from = text_format("%s/%s.log", boot->folder, logs[i]), *to = NULL;
		size_t number = boot->of > 1 ? boot->of : 0;

		do {
			free(to);
			to = text_format("%s/%s-%zu.log", boot->folder, logs[i], ++number);
		} while (!access(to, F_OK));
		rename(from, to);
		free(from);
		free(to);
	}
}

static bool again(void *context, size_t index, int status)
{
	const struct host_jobs *jobs = context;
	struct host_boot *boot = &jobs->outcome->boots[index];

	if (!boot->repeat || !repeat_hosts_again(boot, status))
		return false;
	host_boot_end(boot, status);
	put_aside(boot);
	jobs->outcome->incomplete |= boot->lost;
	host_boot_reset(boot);
	return true;
}

static void end(void *context, size_t index, int status)
{
	const struct host_jobs *jobs = context;
	struct host_boot *boot = &jobs->outcome->boots[index];
	bool others = false;

	host_boot_end(boot, status);
	for (size_t i = 0; i < jobs->outcome->boot_count; i++) {
		const struct host_boot *other = &jobs->outcome->boots[i];

		others |= other->host == boot->host && (!other->name || other->running);
	}
	if (!others)
		finish_host(jobs, boot->host);
}

static void tick(void *context)
{
	const struct host_jobs *jobs = context;
	size_t size;
	char *text;
	FILE *out;

	if (!progress_wants_beat(jobs->runs->progress))
		return;
	out = alloc_stream(&text, &size);
	for (size_t i = 0; i < jobs->outcome->boot_count; i++) {
		const struct host_boot *boot = &jobs->outcome->boots[i];

		if (boot->running)
			fprintf(out, " %s %lld s", boot->name, (long long)(now_ms() - boot->heard_ms) / 1000);
	}
	fclose(out);
	count(jobs->runs, jobs->outcome);
	progress_beat(jobs->runs->progress, jobs->outcome->ended, jobs->outcome->total, text);
	free(text);
}

struct host_outcome host_jobs_run(struct host_runs *runs)
{
	struct host_outcome outcome = {0};
	struct host_jobs jobs = {.runs = runs, .outcome = &outcome};
	const struct jobs_client client = {
		.context = &jobs,
		.start = start,
		.input = input,
		.again = again,
		.end = end,
		.tick = runs->progress->heartbeat && !runs->batch->verbose ? tick : NULL,
	};

	share_out(runs, &outcome);
	outcome.interrupted = jobs_run(&client, outcome.boot_count, (size_t)runs->batch->jobs,
				       runs->progress->out ? fileno(runs->progress->out) : -1);
	progress_erase(runs->progress);
	for (size_t i = 0; i < runs->hosts->count; i++)
		if (!runs->hosts->hosts[i].finished)
			finish_host(&jobs, &runs->hosts->hosts[i]);
	count(runs, &outcome);
	return outcome;
}

int host_jobs_judge(const struct host_runs *runs, const struct host_outcome *outcome, int status)
{
	const json_t *text;
	size_t n;

	for (size_t i = 0; i < outcome->boot_count; i++) {
		const struct host_boot *boot = &outcome->boots[i];

		if (!boot->name || boot->status == STATUS_NOTHING_VALIDATED)
			continue;
		if (boot->status == STATUS_PASSED) {
			/* Without a summary that says so: RESULTS=. */
			if (status == STATUS_NOTHING_VALIDATED)
				status = STATUS_PASSED;
			continue;
		}
		if (boot->status == STATUS_FAILED &&
		    (status == STATUS_PASSED || status == STATUS_NOTHING_VALIDATED))
			status = STATUS_FAILED;
		else if (boot->status != STATUS_FAILED && status != STATUS_FAILED)
			status = STATUS_CANNOT_RUN;
		json_array_foreach(boot->said, n, text)
			progress_say(runs->progress, "%s: %s", boot->name, json_string_value(text));
	}
	for (size_t i = 0; i < runs->hosts->count; i++) {
		const struct host *host = &runs->hosts->hosts[i];

		if (outcome->interrupted || host->plan)
			continue;
		progress_say(runs->progress, "%s: it ended before it could say what it would run: see %s/%s",
			     host->name, runs->results, host->name);
		if (status != STATUS_FAILED)
			status = STATUS_CANNOT_RUN;
	}
	return status;
}

void host_outcome_free(struct host_outcome *outcome)
{
	for (size_t i = 0; i < outcome->boot_count; i++)
		if (outcome->boots[i].name)
			host_boot_free(&outcome->boots[i]);
	free(outcome->boots);
}
