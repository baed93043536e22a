/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/channel.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runner/common/clock.h"
#include "runner/common/text.h"
#include "runner/run/channel_line.h"
#include "runner/run/channel_verbs.h"

/* Beside it there is room for the longest number, the longest status and blanks. */
#define ANSWER_TEXT_MAX (CHANNEL_LINE_SIZE - 40)

static void close_channel(struct channel *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/*
 * One line to the guest. A guest that does not read its answers loses them, and one of which only a part fits in ends the
 * channel, for what follows would not be understood.
 */
__attribute__((format(printf, 4, 0))) static void
answer_va(struct channel *c, uint64_t number, enum channel_status status, const char *fmt, va_list args)
{
	char *text = text_vformat(fmt, args), *clean, *line;
	ssize_t sent;

	clean = text_printable(text, strlen(text));
	line = text_format("%" PRIu64 " %s%s%.*s", number, channel_status_word(status), *clean ? " " : "",
			   ANSWER_TEXT_MAX, clean);
	free(clean);
	log_remark(c->log, "answers: %s", line);
	free(text);
	text = text_format("%s\n", line);
	sent = c->fd < 0 ? 0 : send(c->fd, text, strlen(text), MSG_NOSIGNAL);
	if ((sent < 0 && errno != EAGAIN) || (sent > 0 && sent < (ssize_t)strlen(text)))
		close_channel(c);
	free(line);
	free(text);
}

__attribute__((format(printf, 4, 5))) static void answer(struct channel *c, uint64_t number,
							 enum channel_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	answer_va(c, number, status, fmt, args);
	va_end(args);
}

void channel_finish(struct channel *c, enum channel_status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	answer_va(c, c->number, status, fmt, args);
	va_end(args);
	c->number = 0;
}

static void greet(struct channel *c, uint64_t version)
{
	c->greeted = version > 0;
	if (c->greeted)
		channel_finish(c, CHANNEL_IS_OK, "version=%d boots=%u",
			       version < CHANNEL_VERSION ? (int)version : CHANNEL_VERSION, c->boots);
	else
		channel_finish(c, CHANNEL_IS_BAD, "there is no version 0");
}

static void tell_time(struct channel *c)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	channel_finish(c, CHANNEL_IS_OK, "realtime-ns=%" PRId64 " monotonic-us=%" PRId64,
		       (int64_t)now.tv_sec * 1000000000 + now.tv_nsec, now_us() + c->monotonic_ahead_us);
}

static void reset_asked(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;

	if (reply)
		return;
	c->resetting = false;
	channel_finish(c, CHANNEL_IS_FAILED, "%s", error);
}

/* The runner's own reset is the answer to the request for it. */
static void reset_vm(struct channel *c, uint64_t side)
{
	if (side > CHANNEL_RESET_BY_GUEST) {
		channel_finish(c, CHANNEL_IS_BAD, "a reset is by the runner, 0, or by the guest, 1");
	} else if (c->qmp->fd < 0) {
		channel_finish(c, CHANNEL_IS_FAILED, "QEMU does not listen");
	} else if (side == CHANNEL_RESET_BY_GUEST) {
		c->resetting = true;
		channel_finish(c, CHANNEL_IS_OK, "%s", "");
	} else {
		c->resetting = true;
		qmp_execute_for(c->qmp, "system_reset", NULL, reset_asked, c);
	}
}

static void serve(struct channel *c, const struct channel_request *request)
{
	c->number = request->number;
	switch (request->verb) {
	case CHANNEL_HELLO:
		greet(c, request->arguments[0]);
		break;
	case CHANNEL_TIME:
		tell_time(c);
		break;
	case CHANNEL_PAUSE:
		channel_pause(c, request->arguments[0]);
		break;
	case CHANNEL_RESET:
		reset_vm(c, request->arguments[0]);
		break;
	case CHANNEL_COUNT:
		channel_count(c, request->arguments[0]);
		break;
	case CHANNEL_SAVE:
		c->services.save(c->services.context, request->arguments[0]);
		break;
	case CHANNEL_RESTORE:
		c->services.restore(c->services.context);
		break;
	case CHANNEL_MIGRATE:
		c->services.migrate(c->services.context);
		break;
	case CHANNEL_EVICT:
		channel_evict(c, request->arguments[0], request->arguments[1]);
		break;
	case CHANNEL_CLOCKSOURCE:
		channel_clocksource(c, request->arguments[0]);
		break;
	case CHANNEL_HOST_CPU:
		channel_host_cpu(c, request->arguments[0], request->arguments[1]);
		break;
	case CHANNEL_SUSPEND:
		channel_suspend(c, request->arguments[0], request->arguments[1]);
		break;
	case CHANNEL_PLUG:
		channel_plug(c);
		break;
	case CHANNEL_CONTEND:
		channel_contend(c, request->arguments[0], request->arguments[1]);
		break;
	case CHANNEL_RUN_DELAY:
		channel_run_delay(c, request->arguments[0]);
		break;
	case CHANNEL_KVM_CLOCK:
		channel_kvm_clock(c, request->arguments[0]);
		break;
	case CHANNEL_VERB_COUNT:
		break;
	}
}

static void line_arrived(void *context, const char *line, size_t length)
{
	struct channel *c = context;
	struct channel_request request;
	enum channel_status status;
	const char *why;
	char *text = text_printable(line, length);

	log_remark(c->log, "the guest asks: %s", text);
	free(text);
	if (!channel_request_read(line, length, &request, &status, &why))
		answer(c, request.number, status, "%s", why);
	else if (!request.number)
		answer(c, 0, CHANNEL_IS_BAD, "there is no request 0");
	else if (c->number)
		answer(c, request.number, CHANNEL_IS_FAILED, "request %" PRIu64 " is under way", c->number);
	else if (!c->greeted && request.verb != CHANNEL_HELLO)
		answer(c, request.number, CHANNEL_IS_BAD, "a hello comes first");
	else
		serve(c, &request);
}

void channel_init(struct channel *c, const struct vm *vm, struct qmp *qmp, struct log *log)
{
	*c = (struct channel){.fd = vm->channel, .vm = vm, .qmp = qmp, .log = log, .boots = 1};
	host_change_init(&c->change);
	lines_init(&c->lines, CHANNEL_LINE_SIZE);
}

void channel_input(struct channel *c)
{
	char bytes[4096];
	ssize_t got = recv(c->fd, bytes, sizeof(bytes), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		close_channel(c);
		return;
	}
	c->bytes += (size_t)got;
	lines_feed(&c->lines, bytes, (size_t)got, line_arrived, c);
}

int64_t channel_watch(struct channel *c)
{
	if (c->resume_ms)
		return channel_pause_watch(c);
	return c->host_cpu.by_ms ? channel_host_watch(c) : channel_suspend_watch(c);
}

void channel_was_reset(struct channel *c)
{
	c->resetting = c->greeted = false;
	c->number = 0;
	c->evicting_bytes = 0;
	c->host_cpu.by_ms = 0;
	c->lines.length = 0;
	c->boots++;
}

uint64_t channel_number(const struct channel *c)
{
	return c->number;
}

void channel_reopen(struct channel *c, int fd, uint64_t number)
{
	close_channel(c);
	c->fd = fd;
	c->lines.length = 0;
	c->number = number;
}

void channel_take_over(struct channel *c, unsigned int boots, uint64_t number)
{
	c->greeted = true;
	c->boots = boots;
	c->number = number;
}

void channel_free(struct channel *c)
{
	close_channel(c);
	channel_contend_end(c);
	host_change_end(&c->change);
	lines_free(&c->lines);
	free(c->failure);
}
