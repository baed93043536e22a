/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/run.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"
#include "runner/run/result_make.h"
#include "runner/run/run_state.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* A whole run prints some 100 KiB. The guest and QEMU share this: both go into the log. */
#define FLOOD_BYTES (16 << 20)

void run_stop(struct run *r, enum run_end end, char *why)
{
	if (r->ended) {
		free(why);
		return;
	}
	r->ended = true;
	r->end = end;
	r->why = why;
	r->stopped_ms = now_ms();
	log_remark(&r->log, "%s", why);
	vm_kill(&r->vm);
}

static bool is_flooded(const struct run *r)
{
	return r->log.bytes + r->channel.bytes > FLOOD_BYTES;
}

static void read_com1(struct run *r)
{
	char bytes[16384];
	ssize_t got = read(r->vm.com1, bytes, sizeof(bytes));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		close(r->vm.com1);
		r->vm.com1 = -1;
		return;
	}
	r->com1_bytes += (size_t)got;
	r->heard_ms = now_ms();
	r->nmi_sent = false;
	log_com1(&r->log, bytes, (size_t)got);
	run_migrate_printed(r, bytes, (size_t)got);
	timing_output(&r->timing, r->heard_ms);
	ktap_parser_feed(&r->ktap, bytes, (size_t)got, r->heard_ms);
	if (r->ktap.state == KTAP_DONE)
		timing_report_end(&r->timing, r->heard_ms);
	if (is_flooded(r))
		run_stop(r, RUN_END_FLOOD,
			 text_format("the guest printed more than %d MiB", FLOOD_BYTES >> 20));
}

static void read_output(struct run *r)
{
	char bytes[4096];
	ssize_t got = read(r->vm.output, bytes, sizeof(bytes));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		close(r->vm.output);
		r->vm.output = -1;
		return;
	}
	log_qemu(&r->log, bytes, (size_t)got);
	if (is_flooded(r))
		run_stop(r, RUN_END_FLOOD, text_format("QEMU printed more than %d MiB", FLOOD_BYTES >> 20));
}

/* What the guest asks for is a sign of life. */
static void read_channel(struct run *r)
{
	channel_input(&r->channel);
	r->heard_ms = now_ms();
	if (is_flooded(r))
		run_stop(r, RUN_END_FLOOD,
			 text_format("the guest asked for more than %d MiB", FLOOD_BYTES >> 20));
}

static void read_signal(struct run *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
		return;
	r->signal = (int)info.ssi_signo;
	run_stop(r, RUN_END_KILLED, text_format("stopped by SIG%s", sigabbrev_np(r->signal)));
}

/* A VM that is being saved has no QEMU for a while. */
static bool is_over(struct run *r)
{
	return vm_reap(&r->vm) && (r->ended || !run_save_goes_on(r));
}

/* False: QEMU has been killed and does not go away. */
static bool wait_and_serve(struct run *r)
{
	int64_t due = run_watch(r), saved = run_save_watch(r), wake = channel_watch(&r->channel);
	int64_t now = now_ms();
	struct pollfd fds[] = {
		{.fd = r->signals, .events = POLLIN},
		{.fd = r->vm.com1, .events = POLLIN},
		{.fd = r->vm.output, .events = POLLIN},
		{.fd = r->qmp.fd, .events = POLLIN},
		{.fd = r->channel.fd, .events = POLLIN},
		saved_state_poll(&r->save.state),
		{.fd = r->channel.cold ? r->channel.cold->server : -1, .events = POLLIN},
		{.fd = r->channel.change.fd, .events = POLLIN},
	};

	/* A VM that has left has no QEMU any more. */
	if (r->ended && !r->vm.pid)
		return true;
	if (r->ended && now >= due)
		return false;
	wake = wake < due ? wake : due;
	wake = wake < saved ? wake : saved;
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), wake > now ? (int)(wake - now) : 0) < 0) {
		if (errno != EINTR)
			err(STATUS_CANNOT_RUN, "poll");
		return true;
	}
	if (fds[0].revents)
		read_signal(r);
	if (fds[1].revents)
		read_com1(r);
	if (fds[2].revents)
		read_output(r);
	if (fds[3].revents)
		qmp_input(&r->qmp);
	if (fds[4].revents)
		read_channel(r);
	if (fds[5].revents)
		saved_state_move(&r->save.state);
	if (fds[6].revents && !r->channel.failure)
		channel_cold_input(&r->channel);
	if (fds[7].revents)
		channel_host_changed(&r->channel);
	if (r->channel.failure)
		run_stop(r, RUN_END_STOPPED, text_format("%s", r->channel.failure));
	if (r->log.error)
		run_stop(r, RUN_END_LOG_FAILED,
			 text_format("cannot write %s: %s", r->o->log, strerror(r->log.error)));
	return true;
}

/* QEMU has ended: its last output is still in the sockets. A process that it left may write more, without end. */
void run_drain(struct run *r)
{
	struct pollfd fd = {.events = POLLIN};

	while ((fd.fd = r->vm.com1) >= 0 && !is_flooded(r) && poll(&fd, 1, 0) > 0)
		read_com1(r);
	while ((fd.fd = r->vm.output) >= 0 && !is_flooded(r) && poll(&fd, 1, 0) > 0)
		read_output(r);
	while ((fd.fd = r->qmp.fd) >= 0 && poll(&fd, 1, 0) > 0)
		qmp_input(&r->qmp);
	if (r->vm.com1 >= 0)
		close(r->vm.com1);
	if (r->vm.output >= 0)
		close(r->vm.output);
	qmp_close(&r->qmp);
	/* A last line without its end: */
	log_qemu(&r->log, "\n", *r->log.qemu_part ? 1 : 0);
}

/* Signals come through a descriptor from here on: none can hit between a check and a wait. */
static int catch_signals(void)
{
	struct sigaction hup;
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	/*
	 * Shells start background jobs with SIGINT ignored; a runner's Ctrl-C has to reach us all
	 * the same.
	 */
	sigaddset(&signals, SIGINT);
	sigaction(SIGHUP, NULL, &hup);
	if (hup.sa_handler != SIG_IGN) /* nohup */
		sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		err(STATUS_CANNOT_RUN, "signalfd");
	return fd;
}

static void test_started(void *context, const char *name, int64_t now)
{
	struct run *r = context;

	timing_test(&r->timing, name, now);
	events_test(r->o->events, r->o->name, name);
}

static void echo_log(void *context, const char *line)
{
	const struct run *r = context;

	if (r->o->events->fd >= 0)
		events_log(r->o->events, r->o->name, line);
	else
		fprintf(stderr, "%s\n", line);
}

json_t *run_vm(const struct run_options *o, int *signal)
{
	struct run r = {.o = o, .start_ms = now_ms(), .heard_ms = now_ms()};
	struct run_outcome outcome = {.o = o, .ktap = &r.ktap, .expected = &r.expected, .started = time(NULL)};
	bool reaped = true;
	char *refusal;
	json_t *made;

	if (!log_open(&r.log, o->log, o->verbose ? echo_log : NULL, &r))
		err(STATUS_CANNOT_RUN, "cannot write %s", o->log);
	ktap_parser_init(&r.ktap);
	r.ktap.started = test_started;
	r.ktap.context = &r;
	timing_init(&r.timing, r.start_ms);
	r.signals = catch_signals();
	run_start(&r);
	while (!is_over(&r) && reaped)
		reaped = wait_and_serve(&r);
	run_drain(&r);
	if (!r.ended)
		run_judge_exit(&r);
	refusal = run_refusal(&r);
	if (refusal) {
		outcome.skipped = true;
		outcome.unmet = UNMET_REFUSED;
		outcome.unmet_what = refusal;
	} else if (r.end == RUN_END_MIGRATED) {
		outcome.skipped = true;
		outcome.unmet = UNMET_NOTHING;
		outcome.unmet_what = r.why;
	} else if (r.why) {
		ktap_parser_error(&r.ktap, "%s", r.why);
	}
	if (!reaped)
		ktap_parser_error(&r.ktap, "QEMU (process %d) was killed, but does not end", r.vm.pid);
	if (r.end != RUN_END_COULD_NOT_START && r.end != RUN_END_MIGRATED) {
		bool hung = r.end == RUN_END_TIMEOUT || r.end == RUN_END_SILENCE;

		ktap_parser_finish(&r.ktap, hung ? VERDICT_TIMEOUT : VERDICT_ERROR, r.why, now_ms());
	}
	log_close(&r.log);

	expected_check(&r.expected, &r.ktap);
	outcome.end = r.end;
	outcome.duration_ms = now_ms() - r.start_ms;
	outcome.qemu_version = r.qmp.version;
	outcome.migrated_from = json_object_get(r.migration.facts, "host");
	outcome.timing = timing_json(&r.timing, now_ms());
	made = result_make(&outcome);
	json_decref(outcome.timing);
	*signal = r.signal;

	close(r.signals);
	timing_free(&r.timing);
	ktap_parser_free(&r.ktap);
	expected_free(&r.expected);
	channel_free(&r.channel);
	run_save_free(&r);
	run_migrate_free(&r);
	qmp_free(&r.qmp);
	free(r.log.qemu_last);
	free(r.log.qemu_text);
	free(r.append);
	free(r.why);
	free(r.shutdown);
	free(refusal);
	return made;
}
