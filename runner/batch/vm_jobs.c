/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/vm_jobs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/host_settings.h"
#include "runner/batch/jobs.h"
#include "runner/batch/vm_command.h"
#include "runner/common/alloc.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/verdict_line.h"

struct vm {
	struct vm_jobs *all;
	const struct config *config;
	struct events_reader events;
	bool running, judged;
	int64_t start_ms;
	char *test; /* the one that runs, or NULL */
};

struct vm_jobs {
	const struct vm_runs *runs;
	struct vm *vms;
	struct host_settings settings;
	bool alone; /* the VM that runs */
	int width;
	size_t ended;
	int status; /* see result_worse_status() */
};

void vm_jobs_check(const struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		char *kernel = text_format("build/%s", config_value(selection->configs[i], CONFIG_FILE));

		if (access(kernel, R_OK))
			die("%s is missing: run \"make\"", kernel);
		free(kernel);
	}
}

static void set_test(struct vm *vm, const char *name)
{
	free(vm->test);
	vm->test = name ? text_format("%s", name) : NULL;
}

static void judge(struct vm *vm, const json_t *end)
{
	struct progress *progress = vm->all->runs->progress;
	char *line, *timing;

	vm->judged = true;
	if (vm->all->runs->ended)
		return;
	line = verdict_line(vm->config->name, vm->all->width, end);
	timing = progress_timing(end);
	progress_verdict(progress, "", result_verdict(end), line);
	if (timing && vm->all->runs->batch->verbose)
		text_print(stderr, "%s: %s\n", vm->config->name, timing);
	free(timing);
	free(line);
}

/* Of a run that is repeated there would be too many. */
static void tell(const struct vm *vm, enum event event, json_t *members)
{
	if (vm->all->runs->ended && event != EVENT_LOG)
		json_decref(members);
	else
		events_write(&vm->all->runs->progress->events, event, members);
}

static void print_log(const struct vm *vm, const char *text)
{
	progress_erase(vm->all->runs->progress);
	if (vm->all->runs->batch->jobs > 1)
		text_print(stderr, "%s: %s\n", vm->config->name, text);
	else
		text_print(stderr, "%s\n", text);
}

static void hear(void *context, enum event event, const json_t *object)
{
	struct vm *vm = context;
	const struct batch *batch = vm->all->runs->batch;

	if (event != EVENT_TEST && event != EVENT_END && event != EVENT_LOG)
		return;
	if (event == EVENT_TEST)
		set_test(vm, json_string_value(json_object_get(object, "name")));
	else if (event == EVENT_END)
		judge(vm, object);
	else if (!batch->events_on_stdout)
		print_log(vm, json_string_value(json_object_get(object, "text")));
	tell(vm, event, json_copy((json_t *)object));
}

/* The host is set for one VM, which may change it, too. */
static bool wants_to_be_alone(const struct vm_jobs *jobs, const struct config *config)
{
	return jobs->runs->batch->set_host && config_value(config, CONFIG_CHECK);
}

static bool may_start(void *context, size_t index, size_t running)
{
	const struct vm_jobs *jobs = context;

	return !running || (!jobs->alone && !wants_to_be_alone(jobs, jobs->runs->selection->configs[index]));
}

static void start(void *context, size_t index, struct child *child)
{
	struct vm_jobs *jobs = context;
	struct vm *vm = &jobs->vms[index];
	char **argv;

	if (jobs->runs->batch->set_host && !jobs->runs->no_kvm)
		host_settings_apply(&jobs->settings, config_value(vm->config, CONFIG_CHECK));
	jobs->alone = wants_to_be_alone(jobs, vm->config);
	argv = vm_command_make(jobs->runs, vm->config);
	events_reader_init(&vm->events, hear, vm);
	events_write(&jobs->runs->progress->events, EVENT_START,
		     json_pack("{s:o}", "configuration", text_json(vm->config->name)));
	child_start(child, &(struct child_spec){.argv = argv, .descriptors = {VM_EVENTS_FD}, .quiet = true});
	vm->running = true;
	vm->start_ms = now_ms();
	vm_command_free(argv);
}

static void input(void *context, size_t index, int stream, const char *bytes, size_t length)
{
	struct vm_jobs *jobs = context;

	(void)stream; /* there is but one */
	events_read(&jobs->vms[index].events, bytes, length);
}

/* pvrun always writes an "end", unless it was killed or could not even begin. */
static void judge_dead(struct vm *vm)
{
	json_t *end = json_pack("{s:o, s:s, s:s, s:I}", "configuration", text_json(vm->config->name),
				"verdict", "error", "reason", "it ended without a verdict", "duration_ms",
				(json_int_t)(now_ms() - vm->start_ms));

	char *path = text_format("%s/%s.json", vm->all->runs->results, vm->config->name);

	result_discard(path);
	free(path);
	judge(vm, end);
	tell(vm, EVENT_END, end);
}

/* By the signals with which this program ends its children. */
static bool was_interrupted(int status)
{
	return status == STATUS_SIGNAL + SIGTERM || status == STATUS_SIGNAL + SIGINT ||
	       status == STATUS_SIGNAL + SIGHUP;
}

static void end(void *context, size_t index, int status)
{
	struct vm_jobs *jobs = context;
	struct vm *vm = &jobs->vms[index];

	if (!vm->judged)
		judge_dead(vm);
	if (jobs->runs->ended && !was_interrupted(status))
		jobs->runs->ended(jobs->runs->context, vm->config);
	jobs->ended++;
	if (status != STATUS_FAILED && status != STATUS_PASSED && status != STATUS_NOTHING_VALIDATED)
		status = STATUS_CANNOT_RUN;
	jobs->status = result_worse_status(jobs->status, status);
	vm->running = jobs->alone = false;
	set_test(vm, NULL);
	events_reader_free(&vm->events);
	host_settings_restore(&jobs->settings);
}

static void tick(void *context)
{
	const struct vm_jobs *jobs = context;
	const struct vm_runs *runs = jobs->runs;
	size_t size;
	char *text;
	FILE *out;

	if (!progress_wants_beat(runs->progress))
		return;
	out = alloc_stream(&text, &size);
	for (size_t i = 0; i < runs->selection->count; i++) {
		const struct vm *vm = &jobs->vms[i];

		if (vm->running)
			fprintf(out, " %s %lld s%s%s%s", vm->config->name,
				(long long)(now_ms() - vm->start_ms) / 1000, vm->test ? " (" : "",
				vm->test ? vm->test : "", vm->test ? ")" : "");
	}
	fclose(out);
	progress_beat(runs->progress, jobs->ended, runs->selection->count, text);
	free(text);
}

struct vm_outcome vm_jobs_run(const struct vm_runs *runs)
{
	const struct selection *selection = runs->selection;
	struct vm_jobs jobs = {.runs = runs,
			       .status = STATUS_NOTHING_VALIDATED,
			       .width = selection_width(selection)};
	const struct jobs_client client = {
		.context = &jobs,
		.may_start = may_start,
		.start = start,
		.input = input,
		.end = end,
		.tick = runs->progress->heartbeat && !runs->batch->verbose ? tick : NULL,
	};
	struct vm_outcome outcome;

	jobs.vms = alloc_bytes(selection->count * sizeof(*jobs.vms));
	for (size_t i = 0; i < selection->count; i++)
		jobs.vms[i] = (struct vm){.all = &jobs, .config = selection->configs[i]};
	outcome.interrupted = jobs_run(&client, selection->count, (size_t)runs->batch->jobs,
				       runs->progress->out ? fileno(runs->progress->out) : -1);
	progress_erase(runs->progress);
	outcome.ended = jobs.ended;
	outcome.status = jobs.status;
	free(jobs.vms);
	return outcome;
}
