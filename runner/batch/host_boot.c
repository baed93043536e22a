/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/host_boot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/host_hear.h"
#include "runner/batch/repeat_hosts.h"
#include "runner/batch/results_folder.h"
#include "runner/common/alloc.h"
#include "runner/common/clock.h"
#include "runner/common/text.h"

#define NOTES_FD 3
#define TEXT_MAX 4096
/* Of a host's time limit, besides the time-outs of its VMs. An emulated host boots and ends in 10 s. */
#define HOST_SECONDS 300
#define VM_SECONDS   30
#define SECONDS_MAX  99999999LL

/* host.jsonl has the notes of all boots of a host; it is there, and empty, where nothing was to be said. */
static void open_file(struct host_boot *b)
{
	char *path = text_format("%s/%s/host.jsonl", b->runs->results, b->host->name);

	b->file.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (b->file.fd < 0)
		die("cannot write %s: %s", path, strerror(errno));
	free(path);
}

void host_boot_open(struct host_boot *b)
{
	char *log;

	b->name = b->of > 1 ? text_format("%s/%zu", b->host->name, b->number) :
			      text_format("%s", b->host->name);
	b->folder = text_format("%s/%s", b->runs->results, b->name);
	if (!folder_make(b->folder))
		die("cannot make the folder %s", b->folder);
	log = text_format("%s/host.log", b->folder);
	b->log = fopen(log, "we");
	if (!b->log)
		die("cannot write %s: %s", log, strerror(errno));
	open_file(b);
	events_reader_init(&b->events, host_hear_event, b);
	lines_init(&b->text, TEXT_MAX);
	lines_init(&b->notes, TEXT_MAX);
	b->ended = json_object();
	b->said = json_array();
	b->heard_ms = now_ms();
	free(log);
}

static long long vm_seconds(const struct batch *batch, const char *timeout)
{
	long long seconds = atoll(batch->timeout ? batch->timeout : timeout);

	return VM_SECONDS + (seconds < SECONDS_MAX ? seconds : SECONDS_MAX);
}

/* In seconds, for nested-host/run. */
struct limits {
	char total[24]; /* "" where what runs is known only inside */
	char output[24]; /* how long the pvbatch inside may have nothing to say */
};

/*
 * By the time-outs of this boot's share: one VM after the other, each with the time that pvrun needs to end it, and the
 * host's own start and end. At the start and at the end of each VM, at the latest, an event is written.
 */
static struct limits make_limits(const struct host_boot *b)
{
	const struct selection *selection = b->runs->selection;
	long long total = HOST_SECONDS, longest = vm_seconds(b->runs->batch, "90");
	struct limits limits = {"", ""};

	for (size_t i = b->number - 1; !b->runs->batch->matrix && i < selection->count; i += b->of) {
		long long seconds =
			vm_seconds(b->runs->batch, config_value(selection->configs[i], CONFIG_TIMEOUT));

		total += seconds;
		longest = seconds > longest ? seconds : longest;
	}
	if (b->repeat)
		total = HOST_SECONDS + repeat_hosts_seconds(b, total - HOST_SECONDS);
	if (!b->runs->batch->matrix)
		snprintf(limits.total, sizeof(limits.total), "%lld",
			 total < SECONDS_MAX ? total : SECONDS_MAX);
	longest += HOST_SECONDS;
	snprintf(limits.output, sizeof(limits.output), "%lld", longest < SECONDS_MAX ? longest : SECONDS_MAX);
	return limits;
}

void host_boot_start(struct host_boot *b, struct child *child)
{
	const struct batch *batch = b->runs->batch;
	char *share = text_format("SHARE=%zu/%zu", b->number, b->of);
	char *timeout = batch->timeout ? text_format("TIMEOUT=%s", batch->timeout) : NULL;
	struct limits limits;
	const char *const *more = b->runs->options;
	char *inner[16 + REPEAT_WORDS_MAX], **argv;
	char *options[16] = {"--events", "3", "--results", NULL, "--output-limit", limits.output};
	size_t used = 0, given = 6;

	host_boot_open(b);
	options[3] = b->folder;
	if (b->runs->repeat)
		repeat_hosts_start(b);
	limits = make_limits(b);
	inner[used++] = share;
	if (timeout)
		inner[used++] = timeout;
	if (b->repeat)
		inner[used++] = repeat_hosts_environment(b);
	inner[used++] = "bash";
	inner[used++] = "run_tests.sh";
	inner[used++] = "--host";
	inner[used++] = "local";
	inner[used++] = "--events";
	inner[used++] = "-";
	if (batch->verbose)
		inner[used++] = "--verbose";
	if (b->repeat)
		used += repeat_hosts_options(b, inner + used);
	while (more && *more)
		inner[used++] = (char *)(uintptr_t)*more++;
	inner[used] = NULL;
	if (*limits.total) {
		options[given++] = "--time-limit";
		options[given++] = limits.total;
	}
	if (b->repeat) {
		/* A host that dies is counted, and booted again from here. */
		options[given++] = "--boots";
		options[given++] = "1";
	}
	if (b->runs->input) {
		options[given++] = "--input";
		options[given++] = (char *)(uintptr_t)b->runs->input;
	}
	options[given] = NULL;
	argv = host_command(batch, b->runs->named, b->host->name, options, inner);
	child_start(child, &(struct child_spec){.argv = argv,
						.descriptors = {STDOUT_FILENO, STDERR_FILENO, NOTES_FD}});
	b->running = true;
	free(argv);
	free(share);
	free(timeout);
}

void host_boot_input(struct host_boot *b, int stream, const char *bytes, size_t length)
{
	b->heard_ms = now_ms();
	if (stream == HOST_STREAM_EVENTS)
		events_read(&b->events, bytes, length);
	else if (stream == HOST_STREAM_TEXT)
		lines_feed(&b->text, bytes, length, host_hear_text, b);
	else
		lines_feed(&b->notes, bytes, length, host_hear_note, b);
}

void host_boot_end(struct host_boot *b, int status)
{
	lines_finish(&b->text, host_hear_text, b);
	lines_finish(&b->notes, host_hear_note, b);
	if (b->events.foreign_version)
		host_say(b, "the run inside the host speaks another version of the event stream");
	b->status = status;
	b->running = false;
	b->lost = ferror(b->log) || b->file.fd < 0;
	b->lost |= !!fclose(b->log);
	b->log = NULL;
	if (b->file.fd >= 0)
		close(b->file.fd);
	if (b->lost)
		progress_say(b->runs->progress, "%s: cannot write all of host.log and host.jsonl in %s",
			     b->host->name, b->folder);
}

void host_boot_reset(struct host_boot *b)
{
	struct host_boot again = {.runs = b->runs,
				  .host = b->host,
				  .number = b->number,
				  .of = b->of,
				  .repeat = b->repeat};

	host_boot_free(b);
	*b = again;
}

void host_boot_free(struct host_boot *b)
{
	free(b->name);
	free(b->folder);
	events_reader_free(&b->events);
	lines_free(&b->text);
	lines_free(&b->notes);
	json_decref(b->ended);
	json_decref(b->said);
}
