/* SPDX-License-Identifier: BSD-2-Clause */
/* The channel's verb pause: QEMU stops the VM, and lets it go on after a time. */
#include "runner/run/channel_verbs.h"

#include <inttypes.h>

#include "runner/common/clock.h"
#include "runner/common/text.h"

static void resumed(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;
	int64_t now = now_us();

	if (reply)
		channel_finish(c, CHANNEL_IS_OK, "stood-us=%" PRId64 " took-us=%" PRId64,
			       c->resumed_us - c->stopped_us, now - c->asked_us);
	else if (!c->failure)
		c->failure = text_format("QEMU does not go on after a pause: %s", error);
}

static void stopped(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;

	if (reply) {
		c->stopped_us = now_us();
		c->resume_ms = after_ms(c->pause_ms);
	} else {
		c->pausing = false;
		channel_finish(c, CHANNEL_IS_FAILED, "%s", error);
	}
}

void channel_pause(struct channel *c, uint64_t ms)
{
	if (!ms || ms > CHANNEL_PAUSE_MAX_MS) {
		channel_finish(c, CHANNEL_IS_BAD, "a pause takes from 1 to %d ms", CHANNEL_PAUSE_MAX_MS);
	} else if (c->qmp->fd < 0) {
		channel_finish(c, CHANNEL_IS_FAILED, "QEMU does not listen");
	} else {
		c->pause_ms = (int64_t)ms;
		c->pausing = true;
		c->asked_us = now_us();
		qmp_execute_for(c->qmp, "stop", NULL, stopped, c);
	}
}

int64_t channel_pause_watch(struct channel *c)
{
	if (now_ms() < c->resume_ms)
		return c->resume_ms;
	c->resume_ms = 0;
	c->pausing = false;
	c->resumed_us = now_us();
	qmp_execute_for(c->qmp, "cont", NULL, resumed, c);
	return INT64_MAX;
}
