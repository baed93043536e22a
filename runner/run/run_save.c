/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Save and restore: QEMU stops the VM, writes its state, and is ended; another QEMU with the same arguments reads the state,
 * and lets the VM go on. docs/channel.md.
 */
#include "runner/common/clock.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/channel_verbs.h"
#include "runner/run/run_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PIPE_NAME "state"

/* Says MIGRATION when it has ended. Cold memory is a file that both QEMUs map, and stays where it is. */
static void set_capabilities(struct run *r, qmp_reply *reply)
{
	json_t *list = json_pack("[{s:s, s:b}]", "capability", "events", "state", 1);

	if (r->o->cold)
		json_array_append_new(list,
				      json_pack("{s:s, s:b}", "capability", "x-ignore-shared", "state", 1));
	qmp_execute(&r->qmp, "migrate-set-capabilities", json_pack("{s:o}", "capabilities", list), reply);
}

static json_t *pipe_address(void)
{
	return json_pack("{s:s}", "uri", "fd:" PIPE_NAME);
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
		qmp_execute(&r->qmp, "migrate", pipe_address(), migrate_answered);
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
		qmp_give_fd(&r->qmp, PIPE_NAME, fd, pipe_given);
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

void run_save_asked(void *context, uint64_t stand_ms)
{
	struct run *r = context;
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
	s->stand_ms = (int64_t)stand_ms;
	s->asked_us = now_us();
	r->channel.pausing = true;
	set_capabilities(r, capabilities_set);
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

static void resumed(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	struct save *s = &r->save;

	if (!reply) {
		run_stop(r, RUN_END_STOPPED, text_format("QEMU does not go on after a restore: %s", error));
		return;
	}
	s->step = SAVE_NONE;
	r->channel.pausing = false;
	r->heard_ms = now_ms();
	channel_finish(&r->channel, CHANNEL_IS_OK, "restored=%u stood-us=%" PRId64 " took-us=%" PRId64,
		       s->restored, s->resumed_us - s->stopped_us, now_us() - s->asked_us);
}

static void resume(struct run *r)
{
	r->save.step = SAVE_RESUMING;
	r->save.resumed_us = now_us();
	qmp_execute(&r->qmp, "cont", NULL, resumed);
}

/* Where a QEMU cannot read the state, it says so and ends. */
static void read_refused(struct run *r, const char *error)
{
	run_stop(r, RUN_END_STOPPED, text_format("QEMU does not restore the VM: %s", error));
}

static void incoming_answered(void *context, json_t *reply, const char *error)
{
	if (!reply)
		read_refused(context, error);
}

static void pipe_taken(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (reply)
		qmp_execute(&r->qmp, "migrate-incoming", pipe_address(), incoming_answered);
	else
		read_refused(r, error);
}

static void ready_to_read(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	int fd;

	if (!reply) {
		read_refused(r, error);
		return;
	}
	fd = saved_state_send(&r->save.state);
	if (fd < 0)
		read_refused(r, strerror(errno));
	else
		qmp_give_fd(&r->qmp, PIPE_NAME, fd, pipe_taken);
}

static void start_again(struct run *r)
{
	int error;

	r->vm_options.incoming = true;
	error = vm_start(&r->vm, &r->vm_options);
	qmp_reopen(&r->qmp, r->vm.qmp);
	channel_reopen(&r->channel, r->vm.channel, r->save.request);
	r->heard_ms = now_ms();
	r->save.step = SAVE_READING;
	r->save.restored++;
	log_remark(&r->log, "restores the VM, time %u", r->save.restored);
	if (error)
		read_refused(r, strerror(error));
	else
		set_capabilities(r, ready_to_read);
}

void run_save_event(struct run *r, json_t *data)
{
	const char *status = result_string(data, "status");

	if (r->save.step == SAVE_WRITING && !strcmp(status, "completed"))
		r->save.written = true;
	else if (r->save.step == SAVE_WRITING && !strcmp(status, "failed"))
		qmp_execute(&r->qmp, "query-migrate", NULL, migration_asked);
	else if (r->save.step == SAVE_READING && !strcmp(status, "completed"))
		run_pin_vcpus(r, resume);
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
		s->step = SAVE_STANDING;
		s->start_ms = after_ms(s->stand_ms);
	}
	if (r->ended || s->step != SAVE_STANDING)
		return INT64_MAX;
	if (now_ms() >= s->start_ms)
		start_again(r);
	return s->step == SAVE_STANDING ? s->start_ms : INT64_MAX;
}

void run_save_free(struct run *r)
{
	saved_state_forget(&r->save.state);
	free(r->save.refusal);
}
