/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/repeat_here.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/repeat.h"
#include "runner/batch/results_folder.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"
#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/soak/counts.h"
#include "runner/soak/keep.h"
#include "runner/soak/outcome.h"
#include "runner/soak/run_stream.h"

struct repeat {
	const struct vm_runs *runs;
	const struct batch *batch;
	struct progress *progress;
	json_t *counts;
	struct run_stream stream;
	char *work;
	long first, repetition; /* numbers: of the first one here, and of the one that runs */
	int64_t start_ms;
	bool failed; /* see counts_add() */
	bool ran; /* in this repetition a test passed or failed somewhere */
};

/* Inside of a nested host. The run outside keeps count, over several boots if need be. */
static bool is_inside(const struct repeat *r)
{
	return r->batch->first_repetition;
}

static struct repeat_state state_of(const struct repeat *r)
{
	long done = r->repetition - r->first;
	int64_t elapsed = now_ms() - r->start_ms;

	return (struct repeat_state){
		.repetitions = done,
		.of = r->batch->goal.repetitions,
		.elapsed_ms = elapsed,
		.left_ms = goal_left_ms(&r->batch->goal, done, elapsed, elapsed),
	};
}

/* Shown on a terminal in place of the number of configurations. */
static void show(struct repeat *r, const json_t *failures)
{
	const struct repeat_state state = state_of(r);

	free(r->progress->head);
	r->progress->head = repeat_head(&state, failures);
}

static void write_counts(struct repeat *r)
{
	char *path = text_format("%s/" COUNTS_FILE, r->runs->results);

	json_object_set_new(r->counts, "seconds", json_integer((now_ms() - r->start_ms) / 1000));
	if (!is_inside(r) && !counts_write(r->counts, path))
		die("cannot write %s: %s", path, strerror(errno));
	free(path);
}

static void write_event(struct repeat *r, const json_t *run, bool kept)
{
	json_t *event = run_stream_encode(&r->stream, run);

	json_object_set_new(event, "repetition", json_integer(r->repetition));
	json_object_set_new(event, "kept", json_boolean(kept));
	events_write(&r->progress->events, EVENT_RUN, event);
}

static bool keep(const struct repeat *r, const char *name, json_t *result)
{
	if (!keep_run(r->work, r->runs->results, name, r->repetition, result))
		die("cannot keep the log of %s in %s: %s", name, r->runs->results, strerror(errno));
	return true;
}

/* A virtual machine has ended. */
static void ended(void *context, const struct config *config)
{
	struct repeat *r = context;
	char *path = text_format("%s/%s.json", r->work, config->name), *why = NULL;
	json_t *result = json_file_load(path, &why), *run = outcome_of_result(config->name, result);
	const char *verdict = result_string(run, "verdict");
	json_t *news = json_array(), *failures;
	bool kept = counts_wants(r->counts, run);

	if (kept)
		keep(r, config->name, result);
	else
		keep_nothing(r->work, config->name);
	r->failed |= counts_add(r->counts, run, r->repetition, kept, news);
	r->ran |= strcmp(verdict, "skip") && strcmp(verdict, OUTCOME_NOT_STARTED);
	write_event(r, run, kept);
	if (!is_inside(r))
		repeat_say_news(r->progress, NULL, news, r->repetition);
	failures = counts_failures(r->counts);
	show(r, failures);
	json_decref(failures);
	json_decref(news);
	json_decref(run);
	json_decref(result);
	free(path);
	free(why);
}

/* Returns the signal that interrupted it, or 0. */
static int run_once(struct repeat *r)
{
	struct vm_runs once = *r->runs;
	struct repeat_state state;
	int interrupted;
	json_t *failures;

	once.results = r->work;
	once.ended = ended;
	once.context = r;
	r->ran = false;
	interrupted = vm_jobs_run(&once).interrupted;
	if (interrupted)
		return interrupted;
	r->repetition++;
	write_counts(r);
	state = state_of(r);
	failures = counts_failures(r->counts);
	repeat_write_event(r->progress, &state, failures, NULL);
	json_decref(failures);
	return 0;
}

/* A signal between two repetitions is taken by the next one. */
static void block_signals(void)
{
	sigset_t all;

	sigemptyset(&all);
	sigaddset(&all, SIGINT);
	sigaddset(&all, SIGTERM);
	sigaddset(&all, SIGHUP);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static int run_all(struct repeat *r)
{
	int interrupted;
	bool reached;

	block_signals();
	do {
		interrupted = run_once(r);
		reached = goal_reached(&r->batch->goal, r->repetition - r->first, now_ms() - r->start_ms,
				       r->failed);
	} while (!interrupted && r->ran && !reached);
	if (!interrupted && !r->ran)
		progress_say(r->progress, "No test ran in this repetition: no more of them begin.");
	if (!interrupted && r->failed && r->batch->goal.until_fail)
		progress_say(r->progress, "Stopped after repetition %ld, as not all is as at first.",
			     r->repetition - 1);
	json_object_set_new(r->counts, "complete", json_boolean(!interrupted && reached));
	write_counts(r);
	return interrupted;
}

int repeat_here(const struct vm_runs *runs)
{
	struct repeat r = {
		.runs = runs,
		.batch = runs->batch,
		.progress = runs->progress,
		.counts = counts_new(NULL, &runs->batch->goal),
		.work = text_format("%s/" KEEP_WORK, runs->results),
		.first = runs->batch->first_repetition ? runs->batch->first_repetition : 1,
		.start_ms = now_ms(),
	};
	int interrupted, status;

	r.repetition = r.first;
	if (!folder_make(r.work))
		die("cannot make the folder %s", r.work);
	show(&r, NULL);
	interrupted = run_all(&r);
	for (size_t i = 0; i < runs->selection->count; i++)
		keep_nothing(r.work, runs->selection->configs[i]->name);
	rmdir(r.work);
	status = counts_status(r.counts);
	if (!runs->batch->results)
		status =
			repeat_report(runs->batch, runs->progress, (char *const[]){(char *)runs->results}, 1);
	if (interrupted) {
		progress_say(runs->progress, "Interrupted after %ld complete repetition%s.",
			     r.repetition - r.first, r.repetition - r.first == 1 ? "" : "s");
		status = STATUS_SIGNAL + interrupted;
	}
	json_decref(r.counts);
	run_stream_free(&r.stream);
	free(r.work);
	return status;
}
