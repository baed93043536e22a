/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Migration to another host, by way of a folder: the run on the one host ends when the VM's state is written, and a run on the
 * other one goes on with it, as if the guest had run there from the start. docs/migration.md.
 */
#include "runner/common/alloc.h"
#include "runner/common/clock.h"
#include "runner/common/hostinfo.h"
#include "runner/common/json_file.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/whole_file.h"
#include "runner/run/channel_verbs.h"
#include "runner/run/host_facts.h"
#include "runner/run/run_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Of facts.json. */
#define MIGRATION_FORMAT 1

static int64_t realtime_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void run_migrate_start(struct run *r)
{
	if (r->o->migrate_to)
		r->migration.printed = alloc_stream(&r->migration.text, &r->migration.length);
}

void run_migrate_printed(struct run *r, const char *bytes, size_t length)
{
	if (r->migration.printed)
		fwrite(bytes, 1, length, r->migration.printed);
}

void run_migrate_asked(void *context)
{
	struct run *r = context;

	if (r->o->migrate_from)
		channel_finish(&r->channel, CHANNEL_IS_FAILED, "the VM was migrated before");
	else if (!r->o->migrate_to)
		channel_finish(&r->channel, CHANNEL_IS_UNSUPPORTED, "migrate");
	else
		run_save_leave(r);
}

static json_t *arguments(char **args)
{
	json_t *list = json_array();

	for (; *args; args++)
		json_array_append_new(list, text_json(*args));
	return list;
}

/* What the run on the other host has to know. */
static json_t *make_facts(struct run *r)
{
	const struct save *s = &r->save;
	json_t *host = hostinfo_collect(), *facts;
	char *sum = saved_state_sha256(&s->state);

	fflush(r->migration.printed);
	json_object_set_new(host, "qemu_version", text_json(r->qmp.version));
	facts = json_pack("{s:i, s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:o}", "format",
			  MIGRATION_FORMAT, "host", host, "qemu_args", arguments(r->o->args), "console",
			  r->o->console, "request", (json_int_t)s->request, "boots",
			  (json_int_t)r->channel.boots, "asked_us", (json_int_t)s->asked_us, "stopped_us",
			  (json_int_t)s->stopped_us, "stopped_realtime_us",
			  (json_int_t)(realtime_us() - (now_us() - s->stopped_us)), "state_bytes",
			  (json_int_t)s->state.length, "state_sha256", sum, "printed",
			  text_json(r->migration.text));
	free(sum);
	return facts;
}

/* Returns 0 or an errno. The facts are written last: without them there is no VM. */
static int write_folder(struct run *r, const char *state, const char *facts_path)
{
	json_t *facts = make_facts(r);
	char *text = json_dumps(facts, JSON_INDENT(1));
	int error = 0;

	if ((mkdir(r->o->migrate_to, 0777) && errno != EEXIST) || !saved_state_write(&r->save.state, state))
		error = errno;
	if (!error && !whole_file_write(facts_path, text)) {
		error = errno;
		unlink(state);
	}
	free(text);
	json_decref(facts);
	return error;
}

void run_migrate_leave(struct run *r)
{
	char *state = text_format("%s/state", r->o->migrate_to);
	char *facts = text_format("%s/facts.json", r->o->migrate_to);
	int error = write_folder(r, state, facts);

	if (error)
		run_stop(r, RUN_END_STOPPED,
			 text_format("cannot write the VM to %s: %s", r->o->migrate_to, strerror(error)));
	else
		run_stop(r, RUN_END_MIGRATED,
			 text_format("the VM has left this host, and its tests go on where it arrives"));
	free(state);
	free(facts);
}

/* Returns why this is no VM for this run, which the caller frees, or NULL. */
static char *find_mismatch(const struct run *r, const json_t *facts)
{
	json_t *ours = arguments(r->o->args), *theirs = json_object_get(facts, "qemu_args");
	bool same = json_equal(ours, theirs) && !strcmp(r->o->console, result_string(facts, "console"));
	char *text, *why = NULL;

	json_decref(ours);
	if (result_number(facts, "format") != MIGRATION_FORMAT)
		return text_format("%s/facts.json is of another version of kvm-pv-tests, or damaged",
				   r->o->migrate_from);
	if (!same) {
		text = json_dumps(theirs, JSON_COMPACT | JSON_ENCODE_ANY);
		why = text_format("the VM has other arguments for QEMU: %s", text ? text : "none");
		free(text);
	}
	return why;
}

/* Reads the state. Returns what is wrong with it, which the caller frees, or NULL. */
static char *read_state(struct run *r, const json_t *facts)
{
	char *path = text_format("%s/state", r->o->migrate_from), *sum, *why = NULL;

	if (!saved_state_read(&r->save.state, path)) {
		why = text_format("cannot read %s: %s", path, strerror(errno));
	} else {
		sum = saved_state_sha256(&r->save.state);
		if (strcmp(sum, result_string(facts, "state_sha256")))
			why = text_format("%s is damaged: it has not the checksum that facts.json names",
					  path);
		free(sum);
	}
	free(path);
	return why;
}

/* Returns why there is no VM, which the caller frees, or NULL. */
static char *read_folder(struct run *r)
{
	char *path = text_format("%s/facts.json", r->o->migrate_from), *why = NULL, *reason;

	r->migration.facts = json_file_load(path, &reason);
	if (r->migration.facts) {
		why = find_mismatch(r, r->migration.facts);
		if (!why)
			why = read_state(r, r->migration.facts);
	} else {
		why = text_format("%s: %s", path, reason);
		free(reason);
	}
	free(path);
	return why;
}

void run_migrate_arrive(struct run *r)
{
	char *why = read_folder(r), *text;
	const json_t *facts = r->migration.facts;
	const char *printed;

	if (why) {
		text = text_format("no VM has arrived: %s", why);
		free(why);
		run_stop(r, RUN_END_COULD_NOT_START, text);
		return;
	}
	printed = result_string(facts, "printed");
	timing_output(&r->timing, now_ms());
	log_com1(&r->log, printed, strlen(printed));
	ktap_parser_feed(&r->ktap, printed, strlen(printed), now_ms());
	channel_take_over(&r->channel, (unsigned int)result_number(facts, "boots"),
			  (uint64_t)result_number(facts, "request"));
	run_restore_arrive(r, (uint64_t)result_number(facts, "request"));
}

bool run_migrate_check_qemu(struct run *r)
{
	const char *was = result_string(json_object_get(r->migration.facts, "host"), "qemu_version");

	if (!r->migration.facts || !strcmp(was, r->qmp.version))
		return true;
	run_stop(r, RUN_END_COULD_NOT_START,
		 text_format(
			 "the VM comes from QEMU %s, and this is QEMU %s: migrate it between hosts with the same QEMU",
			 was, r->qmp.version));
	return false;
}

/*
 * The guest is told of a clock that goes on over the migration. How long there was no VM only the two hosts' CLOCK_REALTIME can
 * tell; where they disagree, the VM stood for no time.
 */
void run_migrate_go_on(struct run *r)
{
	const json_t *facts = r->migration.facts;
	int64_t stopped_us = result_number(facts, "stopped_us"), stood_us;

	if (!facts)
		return;
	stood_us = realtime_us() - result_number(facts, "stopped_realtime_us");
	if (stood_us < 0)
		stood_us = 0;
	r->channel.monotonic_ahead_us = stopped_us + stood_us - r->save.resumed_us;
	r->save.stopped_us = r->save.resumed_us - stood_us;
	r->save.asked_us = r->save.stopped_us - (stopped_us - result_number(facts, "asked_us"));
}

char *run_migrate_answer(const struct run *r)
{
	struct host_facts h;

	if (!r->migration.facts)
		return text_format("%s", "");
	host_facts_ask(&h, "", r->o->kvm_device, r->o->cpus);
	return text_format("%s", h.tsc_clock == FACT_ON	 ? " tsc-clock=1" :
				 h.tsc_clock == FACT_OFF ? " tsc-clock=0" :
							   "");
}

void run_migrate_free(struct run *r)
{
	if (r->migration.printed)
		fclose(r->migration.printed);
	free(r->migration.text);
	json_decref(r->migration.facts);
}
