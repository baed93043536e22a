/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel's verb suspend: one vCPU's thread stands, and neither QEMU nor KVM is told. It stops as under a debugger, which a
 * signal to one thread could not do: SIGSTOP stops the process.
 */
#include "runner/run/channel_verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "runner/common/clock.h"

/* The thread's stop is seen by SIGCHLD; this is for one that came too early. */
#define LOOK_MS 10

static void thread_found(struct channel *c, pid_t thread)
{
	if (!ptrace(PTRACE_SEIZE, thread, NULL, NULL) && !ptrace(PTRACE_INTERRUPT, thread, NULL, NULL))
		c->suspend = (struct channel_suspend){.thread = thread, .ms = c->suspend.ms};
	else if (errno == EPERM || errno == ENOSYS)
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "ptrace");
	else
		channel_finish(c, CHANNEL_IS_FAILED, "ptrace: %s", strerror(errno));
}

void channel_suspend(struct channel *c, uint64_t vcpu, uint64_t ms)
{
	if (!ms || ms > CHANNEL_PAUSE_MAX_MS) {
		channel_finish(c, CHANNEL_IS_BAD, "a vCPU is suspended for 1 to %d ms", CHANNEL_PAUSE_MAX_MS);
	} else {
		c->suspend.ms = (int64_t)ms;
		c->asked_us = now_us();
		channel_find_vcpu(c, vcpu, thread_found);
	}
}

/* Any signal that stopped it is delivered now. */
static void resume(struct channel *c)
{
	int64_t stood_us = now_us() - c->suspend.stopped_us;

	ptrace(PTRACE_DETACH, c->suspend.thread, NULL, (void *)(intptr_t)c->suspend.signal);
	c->suspend.thread = 0;
	if (c->number)
		channel_finish(c, CHANNEL_IS_OK, "stood-us=%" PRId64 " took-us=%" PRId64, stood_us,
			       now_us() - c->asked_us);
}

int64_t channel_suspend_watch(struct channel *c)
{
	struct channel_suspend *s = &c->suspend;
	int status;
	pid_t got;

	if (!s->thread)
		return INT64_MAX;
	got = waitpid(s->thread, &status, WNOHANG | __WALL);
	if (got == s->thread && WIFSTOPPED(status)) {
		s->stopped_us = now_us();
		s->end_ms = after_ms(s->ms);
		s->signal = status >> 16 == PTRACE_EVENT_STOP ? 0 : WSTOPSIG(status);
	} else if (got) {
		s->thread = 0;
		if (c->number)
			channel_finish(c, CHANNEL_IS_FAILED, "the vCPU's thread has ended");
		return INT64_MAX;
	}
	if (!s->end_ms)
		return now_ms() + LOOK_MS;
	if (now_ms() < s->end_ms)
		return s->end_ms;
	resume(c);
	return INT64_MAX;
}
