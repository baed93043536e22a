/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/repeat_hosts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/repeat.h"
#include "runner/common/alloc.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/soak/counts.h"
#include "runner/soak/run_stream.h"

/* So many of them, and there is no other. */
#define FRUITLESS_BOOTS_MAX 2
/* Kinds of notes that say nothing against a host. */
static const char *const harmless_kinds[] = {"delay", "reboot", "note"};

struct repeat_host {
	json_t *counts;
	char *folder;
};

struct repeat_boot {
	struct repeat_boot *next; /* of all there are */
	struct repeat_host *host;
	struct run_stream stream;
	struct soak_goal left; /* for the boot that runs */
	long first,
		last; /* numbers of repetitions, in the boot that runs: of the first, and of those that were heard of */
	long complete; /* repetitions, in all boots */
	long complete_now; /* in this one */
	int64_t ms, ms_now; /* the same, by the host's clock */
	int64_t start_ms; /* of the first boot, by ours */
	unsigned int fruitless; /* boots in a row without a complete repetition */
	bool failed; /* see counts_add() */
	bool dead; /* a note that is not harmless was heard in this boot */
	bool done; /* what ran inside said so */
	char first_text[32], count_text[24], time_text[24];
};

struct repeat_hosts {
	struct host_runs *runs;
	struct repeat_host *hosts; /* in the order of the list of hosts */
	struct repeat_boot *boots;
};

struct repeat_hosts *repeat_hosts_new(struct host_runs *runs)
{
	struct repeat_hosts *r = alloc_bytes(sizeof(*r));

	*r = (struct repeat_hosts){.runs = runs};
	r->hosts = alloc_bytes(runs->hosts->count * sizeof(*r->hosts));
	for (size_t i = 0; i < runs->hosts->count; i++)
		r->hosts[i] = (struct repeat_host){
			.counts = counts_new(runs->hosts->hosts[i].name, &runs->batch->goal),
			.folder = text_format("%s/%s", runs->results, runs->hosts->hosts[i].name),
		};
	return r;
}

static void write_counts(const struct repeat_host *host)
{
	char *path = text_format("%s/" COUNTS_FILE, host->folder);

	if (!counts_write(host->counts, path))
		die("cannot write %s: %s", path, strerror(errno));
	free(path);
}

static struct repeat_boot *new_boot(const struct host_boot *b)
{
	struct repeat_hosts *r = b->runs->repeat;
	struct repeat_boot *boot = alloc_bytes(sizeof(*boot));

	*boot = (struct repeat_boot){
		.next = r->boots,
		.host = &r->hosts[b->host - b->runs->hosts->hosts],
		.left = b->runs->batch->goal,
		.first = 1,
		.start_ms = now_ms(),
	};
	r->boots = boot;
	return boot;
}

void repeat_hosts_start(struct host_boot *b)
{
	struct repeat_boot *boot = b->repeat ? b->repeat : new_boot(b);
	json_t *counts = boot->host->counts;

	b->repeat = boot;
	boot->last = boot->first - 1;
	boot->complete_now = 0;
	boot->ms_now = 0;
	boot->dead = boot->done = false;
	run_stream_free(&boot->stream);
	json_object_set_new(counts, "boots", json_integer(result_number(counts, "boots") + 1));
	snprintf(boot->first_text, sizeof(boot->first_text), "REPETITION=%ld", boot->first);
	snprintf(boot->count_text, sizeof(boot->count_text), "%ld", boot->left.repetitions);
	snprintf(boot->time_text, sizeof(boot->time_text), "%llds", (long long)(boot->left.ms + 999) / 1000);
}

char *repeat_hosts_environment(const struct host_boot *b)
{
	return b->repeat->first_text;
}

size_t repeat_hosts_options(const struct host_boot *b, char **words)
{
	struct repeat_boot *boot = b->repeat;
	size_t used = 0;

	if (boot->left.repetitions) {
		words[used++] = "--repeat";
		words[used++] = boot->count_text;
	}
	if (boot->left.ms) {
		words[used++] = "--for";
		words[used++] = boot->time_text;
	}
	if (boot->left.until_fail)
		words[used++] = "--until-fail";
	return used;
}

long long repeat_hosts_seconds(const struct host_boot *b, long long once)
{
	return goal_seconds(&b->repeat->left, once);
}

static void hear_run(struct host_boot *b, const json_t *event)
{
	struct repeat_boot *boot = b->repeat;
	struct repeat_hosts *r = b->runs->repeat;
	json_t *run = run_stream_decode(&boot->stream, event), *news = json_array();
	long repetition = (long)result_number(event, "repetition");
	const char *host = r->runs->hosts->count > 1 ? b->host->name : NULL;

	/* What a host that has gone mad sends is not counted. */
	if (run && repetition >= boot->first && repetition - boot->last <= 1) {
		boot->last = repetition > boot->last ? repetition : boot->last;
		boot->failed |= counts_add(boot->host->counts, run, repetition,
					   json_is_true(json_object_get(event, "kept")), news);
		repeat_say_news(r->runs->progress, host, news, repetition);
		write_counts(boot->host);
	}
	json_decref(news);
	json_decref(run);
}

static struct repeat_state state_of(const struct repeat_hosts *r, const struct repeat_boot *boot)
{
	const struct soak_goal *goal = &r->runs->batch->goal;

	return (struct repeat_state){
		.repetitions = boot->complete,
		.of = goal->repetitions,
		.elapsed_ms = boot->ms,
		.left_ms = goal_left_ms(goal, boot->complete, boot->ms, now_ms() - boot->start_ms),
	};
}

/* Of all boots of all hosts together. */
static void show(struct repeat_hosts *r)
{
	struct repeat_state all = {.left_ms = -1};
	json_t *failures = json_array();

	for (const struct repeat_boot *boot = r->boots; boot; boot = boot->next) {
		struct repeat_state state = state_of(r, boot);

		all.repetitions += state.repetitions;
		all.of += state.of;
		all.left_ms = state.left_ms > all.left_ms ? state.left_ms : all.left_ms;
	}
	for (size_t i = 0; i < r->runs->hosts->count; i++) {
		json_t *some = counts_failures(r->hosts[i].counts);

		json_array_extend(failures, some);
		json_decref(some);
	}
	free(r->runs->progress->head);
	r->runs->progress->head = repeat_head(&all, failures);
	json_decref(failures);
}

static void hear_repetition(struct host_boot *b, const json_t *event)
{
	struct repeat_boot *boot = b->repeat;
	struct repeat_state state;
	json_t *failures = counts_failures(boot->host->counts);

	boot->complete++;
	boot->complete_now++;
	boot->ms += result_count(event, "elapsed_ms") - boot->ms_now;
	boot->ms_now = result_count(event, "elapsed_ms");
	json_object_set_new(boot->host->counts, "seconds", json_integer(boot->ms / 1000));
	write_counts(boot->host);
	state = state_of(b->runs->repeat, boot);
	repeat_write_event(b->runs->progress, &state, failures, b->host->name);
	json_decref(failures);
}

void repeat_hosts_hear(struct host_boot *b, enum event event, const json_t *object)
{
	if (event == EVENT_RUN)
		hear_run(b, object);
	else if (event == EVENT_REPETITION)
		hear_repetition(b, object);
	else
		b->repeat->done = true;
	show(b->runs->repeat);
}

void repeat_hosts_note(struct host_boot *b, const json_t *note)
{
	const char *kind = result_string(note, "kind");

	if (text_index(harmless_kinds, sizeof(harmless_kinds) / sizeof(harmless_kinds[0]), kind) >= 0)
		return;
	b->repeat->dead = true;
	counts_add_host(b->repeat->host->counts, b->repeat->last, kind, result_string(note, "text"));
	write_counts(b->repeat->host);
}

bool repeat_hosts_again(struct host_boot *b, int status)
{
	const struct soak_goal *goal = &b->runs->batch->goal;
	struct repeat_boot *boot = b->repeat;
	/* The one in which the host died is over, too. */
	long over = boot->last < boot->first ? boot->first : boot->last;

	boot->fruitless = boot->complete_now ? 0 : boot->fruitless + 1;
	if (boot->done || (status == STATUS_CANNOT_RUN && !boot->dead) ||
	    boot->fruitless >= FRUITLESS_BOOTS_MAX ||
	    goal_reached(goal, over, boot->ms, boot->failed || boot->dead))
		return false;
	boot->first = over + 1;
	boot->left.repetitions = goal->repetitions ? goal->repetitions - over : 0;
	boot->left.ms = goal->ms ? goal->ms - boot->ms : 0;
	progress_say(b->runs->progress, "%s: booting it again, for what is left after repetition %ld",
		     b->host->name, over);
	return true;
}

/* Whether all boots of a host have done what they were to do. */
static bool is_complete(const struct repeat_hosts *r, const struct repeat_host *host)
{
	for (const struct repeat_boot *boot = r->boots; boot; boot = boot->next)
		if (boot->host == host && !boot->done)
			return false;
	return true;
}

static void free_all(struct repeat_hosts *r)
{
	while (r->boots) {
		struct repeat_boot *boot = r->boots;

		r->boots = boot->next;
		run_stream_free(&boot->stream);
		free(boot);
	}
	for (size_t i = 0; i < r->runs->hosts->count; i++) {
		json_decref(r->hosts[i].counts);
		free(r->hosts[i].folder);
	}
	free(r->hosts);
	free(r);
}

int repeat_hosts_end(struct repeat_hosts *r, bool interrupted)
{
	size_t count = r->runs->hosts->count;
	char **folders = alloc_bytes(count * sizeof(*folders));
	int status = STATUS_NOTHING_VALIDATED;

	for (size_t i = 0; i < count; i++) {
		struct repeat_host *host = &r->hosts[i];

		json_object_set_new(host->counts, "complete",
				    json_boolean(!interrupted && is_complete(r, host)));
		write_counts(host);
		status = result_worse_status(status, counts_status(host->counts));
		folders[i] = host->folder;
	}
	if (!r->runs->batch->results)
		status = repeat_report(r->runs->batch, r->runs->progress, folders, count);
	free(folders);
	free_all(r);
	return status;
}
