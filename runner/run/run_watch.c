/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes wrong with a VM while it runs: silence, no end, and what QEMU itself says over QMP. */
#include "runner/common/clock.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/run_state.h"

#include <stdlib.h>
#include <string.h>

/*
 * Firmware and QEMU's own start, the first one or one that restores the VM, may take longer than anything that a test does. And
 * where the guest waits for an answer, the silence is QEMU's or our own.
 */
#define BOOT_SILENCE_FACTOR 3
/* A killed VM with much memory takes its time; a QEMU that the kernel cannot end is not waited for. */
#define REAP_MS 20000

static void status_arrived(void *context, json_t *reply, const char *error)
{
	const char *status = reply ? result_string(reply, "status") : error;
	struct run *r = context;
	char *where = ktap_parser_where(&r->ktap);

	run_stop(r, RUN_END_STOPPED,
		 text_format("QEMU stopped the VM (%s), %s; the log has more", status, where));
	free(where);
}

/* Without the channel QEMU ends instead. */
static void reset_happened(struct run *r)
{
	char *where = ktap_parser_where(&r->ktap);

	if (r->channel.resetting && r->ktap.state == KTAP_FIRMWARE)
		channel_was_reset(&r->channel);
	else
		run_stop(r, RUN_END_EXIT,
			 text_format("the guest reset itself (a triple fault, perhaps), %s", where));
	free(where);
}

void run_qmp_event(void *context, const char *name, json_t *data)
{
	struct run *r = context;

	if (!strcmp(name, "SHUTDOWN")) {
		free(r->shutdown);
		r->shutdown = text_format("%s", result_string(data, "reason"));
	} else if (!strcmp(name, "STOP") && !r->shutdown && !r->status_asked && !r->channel.pausing) {
		/* Neither by a shutdown nor at the guest's request: KVM failed, or a disk is full. */
		r->status_asked = true;
		qmp_execute(&r->qmp, "query-status", NULL, status_arrived);
	} else if (!strcmp(name, "RESET")) {
		reset_happened(r);
	} else if (!strcmp(name, "MIGRATION")) {
		run_save_event(r, data);
	}
}

static void nmi_answered(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (!reply)
		log_remark(&r->log, "inject-nmi: %s", error);
}

/*
 * Silence: an NMI lets the guest say where it hangs, and go on with the next test. If it stays
 * silent, that was it.
 */
static void silence_passed(struct run *r, int64_t limit_ms)
{
	char *where = ktap_parser_where(&r->ktap);
	double seconds = (double)limit_ms / 1000;

	if (!r->nmi_sent && r->qmp.ready && r->ktap.state != KTAP_DONE && r->save.step == SAVE_NONE) {
		log_remark(&r->log, "silent for %.1f s %s: injecting an NMI", seconds, where);
		json_array_append_new(r->ktap.notes, text_json_format("silent for %.1f s %s: injected an NMI",
								      seconds, where));
		qmp_execute(&r->qmp, "inject-nmi", NULL, nmi_answered);
		r->nmi_sent = true;
		r->heard_ms = now_ms();
	} else {
		run_stop(r, RUN_END_SILENCE,
			 text_format("silent for %.1f s%s, %s", seconds, r->nmi_sent ? " after an NMI" : "",
				     where));
	}
	free(where);
}

int64_t run_watch(struct run *r)
{
	int64_t now = now_ms(), timeout = r->start_ms + r->o->timeout_ms, silence;
	int64_t limit = r->o->silence_ms;

	if (r->ktap.state == KTAP_FIRMWARE || r->save.step != SAVE_NONE || channel_number(&r->channel))
		limit *= BOOT_SILENCE_FACTOR;
	silence = r->heard_ms + limit;
	if (r->ended) {
		/* QEMU was killed and has to end. */
	} else if (now >= timeout) {
		char *where = ktap_parser_where(&r->ktap);

		run_stop(r, RUN_END_TIMEOUT,
			 text_format("no end after %.1f s, %s", (double)r->o->timeout_ms / 1000, where));
		free(where);
	} else if (now >= silence) {
		silence_passed(r, limit);
		silence = now + limit;
	}
	if (r->ended)
		return r->stopped_ms + REAP_MS;
	return silence < timeout ? silence : timeout;
}
