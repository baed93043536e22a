/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/run.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/expected.h"
#include "runner/run/ktap_parser.h"
#include "runner/run/log.h"
#include "runner/run/qmp.h"
#include "runner/run/result_make.h"
#include "runner/run/timing.h"
#include "runner/run/told_facts.h"
#include "runner/run/vm.h"
#include "x86/platform/power.h"

/* QEMU's exit status where the guest left by another way than isa-debug-exit (x86/platform/power.h). */
#define QEMU_POWERED_OFF 0

/* A whole run prints some 100 KiB. The guest and QEMU share this: both go into the log. */
#define FLOOD_BYTES (16 << 20)
/* Firmware and QEMU's own start may take longer than anything that a test does in silence. */
#define BOOT_SILENCE_FACTOR 3
/*
 * A killed VM with much memory takes its time; a QEMU that the kernel cannot end is not waited for.
 */
#define REAP_MS 20000

struct run {
	const struct run_options *o;
	struct vm vm;
	struct qmp qmp;
	struct ktap_parser ktap;
	struct log log;
	struct expected expected;
	struct timing timing;
	int signals, signal;
	int64_t start_ms, heard_ms, stopped_ms;
	size_t com1_bytes;
	bool nmi_sent, status_asked;
	bool ended; /* or is about to: QEMU may still be there */
	enum run_end end;
	char *why; /* the same in a sentence, or NULL */
	char *shutdown; /* QEMU's reason for the guest's shutdown, or NULL */
};

/* Ends the VM. The first reason counts: those after it may follow from it. Takes @why over. */
static void stop(struct run *r, enum run_end end, char *why)
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

static char *with_qemu_message(const struct run *r, char *what)
{
	char *all;

	if (!r->log.qemu_last)
		return what;
	all = text_format("%s: %s", what, r->log.qemu_last);
	free(what);
	return all;
}

static void status_arrived(void *context, json_t *reply, const char *error)
{
	const char *status = reply ? result_string(reply, "status") : error;
	struct run *r = context;
	char *where = ktap_parser_where(&r->ktap);

	stop(r, RUN_END_STOPPED,
	     text_format("QEMU stopped the VM (%s), %s; the log has more", status, where));
	free(where);
}

static void qmp_event_arrived(void *context, const char *name, json_t *data)
{
	struct run *r = context;

	if (!strcmp(name, "SHUTDOWN")) {
		free(r->shutdown);
		r->shutdown = text_format("%s", result_string(data, "reason"));
	} else if (!strcmp(name, "STOP") && !r->shutdown && !r->status_asked) {
		/* Not by a shutdown: KVM failed, or a disk is full. */
		r->status_asked = true;
		qmp_execute(&r->qmp, "query-status", NULL, status_arrived);
	}
}

static void nmi_answered(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	if (!reply)
		log_remark(&r->log, "inject-nmi: %s", error);
}

static void resumed(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	r->heard_ms = now_ms();
	if (!reply)
		stop(r, RUN_END_COULD_NOT_START, text_format("QEMU refused to start the vCPUs: %s", error));
}

static void cpus_arrived(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	json_t *cpu;
	size_t i;

	if (!json_array_size(reply)) {
		stop(r, RUN_END_COULD_NOT_START,
		     text_format("cannot ask QEMU for its vCPU threads: %s", error ? error : "none"));
		return;
	}
	json_array_foreach(reply, i, cpu) {
		pid_t thread = (pid_t)result_number(cpu, "thread-id");
		size_t index = (size_t)result_number(cpu, "cpu-index");
		const cpu_set_t *cpus = index < r->o->vcpu_cpus_count ? &r->o->vcpu_cpus[index] : r->o->cpus;

		if (sched_setaffinity(thread, sizeof(*cpus), cpus)) {
			stop(r, RUN_END_COULD_NOT_START,
			     text_format("cannot pin vCPU %zu: %s", index, strerror(errno)));
			return;
		}
	}
	qmp_execute(&r->qmp, "cont", NULL, resumed);
}

static void expansion_arrived(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	expected_answer(&r->expected, reply, error);
}

static bool is_flooded(const struct run *r)
{
	return r->log.bytes > FLOOD_BYTES;
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
	timing_output(&r->timing, r->heard_ms);
	ktap_parser_feed(&r->ktap, bytes, (size_t)got, r->heard_ms);
	if (r->ktap.state == KTAP_DONE)
		timing_report_end(&r->timing, r->heard_ms);
	if (is_flooded(r))
		stop(r, RUN_END_FLOOD, text_format("the guest printed more than %d MiB", FLOOD_BYTES >> 20));
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
		stop(r, RUN_END_FLOOD, text_format("QEMU printed more than %d MiB", FLOOD_BYTES >> 20));
}

static void read_signal(struct run *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGCHLD)
		return;
	r->signal = (int)info.ssi_signo;
	stop(r, RUN_END_KILLED, text_format("stopped by SIG%s", sigabbrev_np(r->signal)));
}

/*
 * Silence: an NMI lets the guest say where it hangs, and go on with the next test. If it stays
 * silent, that was it.
 */
static void silence_passed(struct run *r, int64_t limit_ms)
{
	char *where = ktap_parser_where(&r->ktap);
	double seconds = (double)limit_ms / 1000;

	if (!r->nmi_sent && r->qmp.ready && r->ktap.state != KTAP_DONE) {
		log_remark(&r->log, "silent for %.1f s %s: injecting an NMI", seconds, where);
		json_array_append_new(r->ktap.notes, text_json_format("silent for %.1f s %s: injected an NMI",
								      seconds, where));
		qmp_execute(&r->qmp, "inject-nmi", NULL, nmi_answered);
		r->nmi_sent = true;
		r->heard_ms = now_ms();
	} else {
		stop(r, RUN_END_SILENCE,
		     text_format("silent for %.1f s%s, %s", seconds, r->nmi_sent ? " after an NMI" : "",
				 where));
	}
	free(where);
}

/* Acts on what is due, and returns the time of what is due next. */
static int64_t watch_clock(struct run *r)
{
	int64_t now = now_ms(), timeout = r->start_ms + r->o->timeout_ms, silence;
	int64_t limit = r->o->silence_ms;

	if (r->ktap.state == KTAP_FIRMWARE)
		limit *= BOOT_SILENCE_FACTOR;
	silence = r->heard_ms + limit;
	if (r->ended) {
		/* QEMU was killed and has to end. */
	} else if (now >= timeout) {
		char *where = ktap_parser_where(&r->ktap);

		stop(r, RUN_END_TIMEOUT,
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

/* False: QEMU has been killed and does not go away. */
static bool wait_and_serve(struct run *r)
{
	int64_t due = watch_clock(r), now = now_ms();
	struct pollfd fds[] = {
		{.fd = r->signals, .events = POLLIN},
		{.fd = r->vm.com1, .events = POLLIN},
		{.fd = r->vm.output, .events = POLLIN},
		{.fd = r->qmp.fd, .events = POLLIN},
	};

	if (r->ended && now >= due)
		return false;
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), due > now ? (int)(due - now) : 0) < 0) {
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
	if (r->log.error)
		stop(r, RUN_END_LOG_FAILED,
		     text_format("cannot write %s: %s", r->o->log, strerror(r->log.error)));
	return true;
}

/* QEMU has ended: its last output is still in the sockets. A process that it left may write more, without end. */
static void drain(struct run *r)
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

static bool is_guests_exit(int status)
{
	return status == QEMU_POWERED_OFF || status == POWER_OFF_STATUS(POWER_OFF_PASSED) ||
	       status == POWER_OFF_STATUS(POWER_OFF_FAILED);
}

/* How QEMU ended by itself. */
static void judge_exit(struct run *r)
{
	int status = WIFEXITED(r->vm.status) ? WEXITSTATUS(r->vm.status) : -1;
	const struct ktap_counts *c = &r->ktap.counts;
	bool done = r->ktap.state == KTAP_DONE, bad = c->fail || c->error;
	char *where = ktap_parser_where(&r->ktap);
	const char *how = NULL;

	r->end = RUN_END_EXIT;
	if (status && !r->com1_bytes) {
		char *end = vm_describe_end(&r->vm);

		r->end = RUN_END_COULD_NOT_START;
		r->why = with_qemu_message(r, text_format("QEMU could not start: %s", end));
		free(end);
	} else if (status == POWER_OFF_STATUS(POWER_OFF_GAVE_UP)) {
		how = "gave up";
	} else if (!done && status == QEMU_POWERED_OFF) {
		how = !r->shutdown || strcmp(r->shutdown, "guest-reset") ?
			      "powered off" :
			      "reset itself (a triple fault, perhaps)";
	} else if (!done && status == POWER_OFF_STATUS(POWER_OFF_FAILED)) {
		how = "ended";
	} else if (!done || !is_guests_exit(status)) {
		char *end = vm_describe_end(&r->vm);

		r->end = RUN_END_QEMU_DIED;
		r->why = with_qemu_message(r, text_format("%s, %s", end, where));
		free(end);
	} else if ((status == POWER_OFF_STATUS(POWER_OFF_PASSED) && bad) ||
		   (status == POWER_OFF_STATUS(POWER_OFF_FAILED) && !bad &&
		    !json_array_size(r->ktap.errors))) {
		r->why = text_format("the guest's exit (%d) contradicts its report", status);
	}
	if (how)
		r->why = text_format("the guest %s, %s", how, where);
	free(where);
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

static void start(struct run *r)
{
	char *facts = told_facts(r->o);
	char *append = text_format("%s%sconsole=%s%s epoch=%lld%s", r->o->append, *r->o->append ? " " : "",
				   r->o->console, r->o->cold_memory ? " cold=on" : "", (long long)time(NULL),
				   facts);
	struct vm_options vo = {
		.qemu = r->o->qemu,
		.accel = r->o->accel,
		.kernel = r->o->kernel,
		.append = append,
		.paused = r->o->cpus,
		.virtio_console = !strcmp(r->o->console, "virtio"),
		.cold_memory = r->o->cold_memory,
		.args = r->o->args,
	};
	int error = vm_start(&r->vm, &vo);
	json_t *question;

	qmp_init(&r->qmp, r->vm.qmp, qmp_event_arrived, r);
	if (error)
		stop(r, RUN_END_COULD_NOT_START,
		     text_format("cannot execute %s: %s", r->o->qemu, strerror(error)));
	else if (r->o->cpus)
		qmp_execute(&r->qmp, "query-cpus-fast", NULL, cpus_arrived);
	/* While QEMU starts. */
	expected_init(&r->expected, r->o);
	question = expected_question(&r->expected);
	if (question)
		qmp_execute(&r->qmp, "query-cpu-model-expansion", question, expansion_arrived);
	free(append);
	free(facts);
}

/*
 * Configurations may ask for what some QEMUs or kernels do not have; then it is no failure that
 * QEMU does not start.
 */
static bool was_refused(struct run *r, char **message)
{
	const char *line = r->log.qemu_text;
	regex_t refusal;
	bool refused = false;

	if (!r->o->may_refuse || r->end != RUN_END_COULD_NOT_START ||
	    regcomp(&refusal, r->o->may_refuse, REG_EXTENDED | REG_NOSUB))
		return false;
	while (*line && !refused) {
		int length = (int)strcspn(line, "\n");
		char *text = text_format("%.*s", length, line);

		refused = !regexec(&refusal, text, 0, NULL, 0);
		if (refused)
			*message = text;
		else
			free(text);
		line += length + (line[length] == '\n');
	}
	regfree(&refusal);
	return refused;
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
	char *refusal = NULL;
	json_t *made;

	if (!log_open(&r.log, o->log, o->verbose ? echo_log : NULL, &r))
		err(STATUS_CANNOT_RUN, "cannot write %s", o->log);
	ktap_parser_init(&r.ktap);
	r.ktap.started = test_started;
	r.ktap.context = &r;
	timing_init(&r.timing, r.start_ms);
	r.signals = catch_signals();
	start(&r);
	while (!vm_reap(&r.vm) && reaped)
		reaped = wait_and_serve(&r);
	drain(&r);
	if (!r.ended)
		judge_exit(&r);
	if (was_refused(&r, &refusal)) {
		outcome.skipped = true;
		outcome.unmet = UNMET_REFUSED;
		outcome.unmet_what = refusal;
	} else if (r.why) {
		ktap_parser_error(&r.ktap, "%s", r.why);
	}
	if (!reaped)
		ktap_parser_error(&r.ktap, "QEMU (process %d) was killed, but does not end", r.vm.pid);
	if (r.end != RUN_END_COULD_NOT_START) {
		bool hung = r.end == RUN_END_TIMEOUT || r.end == RUN_END_SILENCE;

		ktap_parser_finish(&r.ktap, hung ? VERDICT_TIMEOUT : VERDICT_ERROR, r.why, now_ms());
	}
	log_close(&r.log);

	expected_check(&r.expected, &r.ktap);
	outcome.end = r.end;
	outcome.duration_ms = now_ms() - r.start_ms;
	outcome.qemu_version = r.qmp.version;
	outcome.timing = timing_json(&r.timing, now_ms());
	made = result_make(&outcome);
	json_decref(outcome.timing);
	*signal = r.signal;

	close(r.signals);
	timing_free(&r.timing);
	ktap_parser_free(&r.ktap);
	expected_free(&r.expected);
	qmp_free(&r.qmp);
	free(r.log.qemu_last);
	free(r.log.qemu_text);
	free(r.why);
	free(r.shutdown);
	free(refusal);
	return made;
}
