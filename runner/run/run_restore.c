/* SPDX-License-Identifier: BSD-2-Clause */
/* Save and restore, the second half: another QEMU with the same arguments reads the state, and lets the VM go on. */
#include "runner/common/clock.h"
#include "runner/common/text.h"
#include "runner/run/channel_verbs.h"
#include "runner/run/run_state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void resumed(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	struct save *s = &r->save;
	char *more;

	if (!reply) {
		run_stop(r, RUN_END_STOPPED, text_format("QEMU does not go on after a restore: %s", error));
		return;
	}
	s->step = SAVE_NONE;
	r->channel.pausing = false;
	r->heard_ms = now_ms();
	more = run_migrate_answer(r);
	channel_finish(&r->channel, CHANNEL_IS_OK, "restored=%u stood-us=%" PRId64 " took-us=%" PRId64 "%s",
		       s->restored, s->resumed_us - s->stopped_us, now_us() - s->asked_us, more);
	free(more);
}

void run_restore_resume(struct run *r)
{
	r->save.step = SAVE_RESUMING;
	r->save.resumed_us = now_us();
	run_migrate_go_on(r);
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
		qmp_execute(&r->qmp, "migrate-incoming", run_save_pipe_address(), incoming_answered);
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
	if (!run_migrate_check_qemu(r))
		return;
	fd = saved_state_send(&r->save.state);
	if (fd < 0)
		read_refused(r, strerror(errno));
	else
		qmp_give_fd(&r->qmp, RUN_SAVE_PIPE, fd, pipe_taken);
}

/* The QEMU that there is has been started for that. */
static void read_state(struct run *r)
{
	r->heard_ms = now_ms();
	r->save.step = SAVE_READING;
	r->save.restored++;
	r->channel.pausing = true;
	log_remark(&r->log, "restores the VM, time %u", r->save.restored);
	run_save_set_capabilities(r, ready_to_read);
}

void run_restore_start(struct run *r)
{
	int error;

	r->vm_options.incoming = true;
	error = vm_start(&r->vm, &r->vm_options);
	qmp_reopen(&r->qmp, r->vm.qmp);
	channel_reopen(&r->channel, r->vm.channel, r->save.request);
	if (error)
		read_refused(r, strerror(error));
	else
		read_state(r);
}

void run_restore_arrive(struct run *r, uint64_t request)
{
	r->save.request = request;
	read_state(r);
}
