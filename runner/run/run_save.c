/* SPDX-License-Identifier: BSD-2-Clause */
/* Save and restore: QEMU stops the VM, writes its state, and is ended. What follows is in run_restore.c. docs/channel.md. */
#include "runner/common/clock.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/channel_verbs.h"
#include "runner/run/run_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void run_save_set_capabilities(struct run *r, qmp_reply *reply)
{
	json_t *list = json_pack("[{s:s, s:b}]", "capability", "events", "state", 1);

	if (r->o->cold)
		json_array_append_new(list,
				      json_pack("{s:s, s:b}", "capability", "x-ignore-shared", "state", 1));
	qmp_execute(&r->qmp, "migrate-set-capabilities", json_pack("{s:o}", "capabilities", list), reply);
}

json_t *run_save_pipe_address(void)
{
	return json_pack("{s:s}", "uri", "fd:" RUN_SAVE_PIPE);
}

static void went_on(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (!reply) {
		run_stop(r, RUN_END_STOPPED,
			 text_format("QEMU does not go on after a save that it refused: %s", error));
		return;
	}
	r->save.step = SAVE_NONE;
	r->channel.pausing = false;
	channel_finish(&r->channel, r->save.refused_as, "%s", r->save.refusal);
}

/* The VM stands, and is as it was. Takes @why over. */
static void refuse(struct run *r, enum channel_status status, char *why)
{
	struct save *s = &r->save;

	/* QEMU may say it twice, by an event and by an error. */
	if (s->step != SAVE_WRITING) {
		free(why);
		return;
	}
	free(s->refusal);
	s->refusal = why;
	s->refused_as = status;
	s->step = SAVE_REFUSED;
	saved_state_forget(&s->state);
	qmp_execute(&r->qmp, "cont", NULL, went_on);
}

/* Ends the QEMU that there is: another one is to take over. */
static void end_qemu(struct run *r)
{
	r->save.step = SAVE_ENDING;
	r->heard_ms = now_ms();
	vm_kill(&r->vm);
}

static void refuse_overflow(struct run *r)
{
	refuse(r, CHANNEL_IS_FAILED,
	       text_format("the VM's state has more than %zu MiB", SAVED_STATE_MAX >> 20));
}

static void migration_asked(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	const char *why = reply ? result_string(reply, "error-desc") : error;

	if (r->save.state.overflowed)
		refuse_overflow(r);
	else
		refuse(r, CHANNEL_IS_FAILED, text_format("%s", *why ? why : "QEMU does not say why"));
}

/* QEMU looks for devices that cannot be saved before it begins. */
static void migrate_answered(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (!reply)
		refuse(r, CHANNEL_IS_UNSUPPORTED, text_format("migratable-vm %s", error));
}

static void pipe_given(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (reply)
		qmp_execute(&r->qmp, "migrate", run_save_pipe_address(), migrate_answered);
	else
		refuse(r, CHANNEL_IS_FAILED, text_format("%s", error));
}

static void stopped(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	int fd;

	if (!reply) {
		r->save.step = SAVE_NONE;
		r->channel.pausing = false;
		channel_finish(&r->channel, CHANNEL_IS_FAILED, "%s", error);
		return;
	}
	r->save.stopped_us = now_us();
	fd = saved_state_receive(&r->save.state);
	if (fd < 0)
		refuse(r, CHANNEL_IS_FAILED, text_format("there is no pipe: %s", strerror(errno)));
	else
		qmp_give_fd(&r->qmp, RUN_SAVE_PIPE, fd, pipe_given);
}

static void capabilities_set(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (reply) {
		qmp_execute(&r->qmp, "stop", NULL, stopped);
		return;
	}
	r->save.step = SAVE_NONE;
	r->channel.pausing = false;
	channel_finish(&r->channel, CHANNEL_IS_FAILED, "%s", error);
}

static void begin(struct run *r, uint64_t stand_ms, bool leaves)
{
	struct save *s = &r->save;

	if (stand_ms > CHANNEL_PAUSE_MAX_MS) {
		channel_finish(&r->channel, CHANNEL_IS_BAD, "a saved VM stands for at most %d ms",
			       CHANNEL_PAUSE_MAX_MS);
		return;
	}
	if (!r->qmp.ready) {
		channel_finish(&r->channel, CHANNEL_IS_FAILED, "QEMU does not listen");
		return;
	}
	s->step = SAVE_WRITING;
	s->request = channel_number(&r->channel);
	s->restored = 0;
	s->written = false;
	s->leaves = leaves;
	s->stand_ms = (int64_t)stand_ms;
	s->asked_us = now_us();
	r->channel.pausing = true;
	run_save_set_capabilities(r, capabilities_set);
}

void run_save_asked(void *context, uint64_t stand_ms)
{
	begin(context, stand_ms, false);
}

void run_save_leave(struct run *r)
{
	begin(r, 0, true);
}

/* What cold memory holds has changed since. */
void run_restore_asked(void *context)
{
	struct run *r = context;

	if (!r->save.state.length || r->o->cold) {
		channel_finish(&r->channel, CHANNEL_IS_FAILED, "%s",
			       r->o->cold ? "cold memory is not saved" : "the VM was not saved");
		return;
	}
	r->channel.pausing = true;
	end_qemu(r);
}

void run_save_event(struct run *r, json_t *data)
{
	const char *status = result_string(data, "status");

	if (r->save.step == SAVE_WRITING && !strcmp(status, "completed"))
		r->save.written = true;
	else if (r->save.step == SAVE_WRITING && !strcmp(status, "failed"))
		qmp_execute(&r->qmp, "query-migrate", NULL, migration_asked);
	else if (r->save.step == SAVE_READING && !strcmp(status, "completed"))
		run_pin_vcpus(r, run_restore_resume);
}

bool run_save_goes_on(const struct run *r)
{
	return r->save.step == SAVE_ENDING || r->save.step == SAVE_STANDING;
}

int64_t run_save_watch(struct run *r)
{
	struct save *s = &r->save;

	if (s->step == SAVE_WRITING && s->written && s->state.overflowed) {
		refuse_overflow(r);
	} else if (s->step == SAVE_WRITING && s->written && saved_state_is_through(&s->state)) {
		log_remark(&r->log, "the VM is saved, in %zu bytes", s->state.length);
		end_qemu(r);
	}
	if (s->step == SAVE_ENDING && !r->vm.pid) {
		run_drain(r);
		if (s->leaves) {
			run_migrate_leave(r);
			return INT64_MAX;
		}
		s->step = SAVE_STANDING;
		s->start_ms = after_ms(s->stand_ms);
	}
	if (r->ended || s->step != SAVE_STANDING)
		return INT64_MAX;
	if (now_ms() >= s->start_ms)
		run_restore_start(r);
	return s->step == SAVE_STANDING ? s->start_ms : INT64_MAX;
}

void run_save_free(struct run *r)
{
	saved_state_forget(&r->save.state);
	free(r->save.refusal);
}
