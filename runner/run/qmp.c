/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/qmp.h"
#include "runner/common/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/common/text.h"

/* Larger than any reply we ask for; a peer that sends more without a line end is not QEMU. */
#define INPUT_MAX (1 << 20)
/* A run makes QEMU send some kilobytes: the greeting, a few replies and events. */
#define TOTAL_MAX (16 << 20)

static void send_line(struct qmp *q, const char *line)
{
	/*
	 * Commands are short and answered before the next is sent, so they always fit into the
	 * socket's buffer.
	 */
	if (send(q->fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line))
		qmp_close(q);
}

static void handle_greeting(struct qmp *q, json_t *greeting)
{
	json_t *version = json_object_get(greeting, "version");
	int major, minor, micro;
	const char *package;

	/* QEMU greets once. */
	if (q->greeted) {
		qmp_close(q);
		return;
	}
	q->greeted = true;
	if (!json_unpack(version, "{s:{s:i, s:i, s:i}, s:s}", "qemu", "major", &major, "minor", &minor,
			 "micro", &micro, "package", &package))
		q->version = text_format("%d.%d.%d%s%s%s", major, minor, micro, *package ? " (" : "", package,
					 *package ? ")" : "");
	send_line(q, "{\"execute\": \"qmp_capabilities\"}\n");
}

static void handle_reply(struct qmp *q, json_t *reply, const char *error)
{
	struct qmp_command *done = q->queue;

	if (!q->ready) {
		/* The reply to qmp_capabilities. */
		q->ready = !error;
	} else if (done) {
		q->queue = done->next;
		if (done->reply)
			done->reply(done->context, reply, error);
		free(done->line);
		free(done);
	}
	if (q->fd >= 0 && q->ready && q->queue)
		send_line(q, q->queue->line);
}

static void handle_message(struct qmp *q, json_t *message)
{
	json_t *part;

	if ((part = json_object_get(message, "event"))) {
		if (json_is_string(part))
			q->event(q->context, json_string_value(part), json_object_get(message, "data"));
	} else if ((part = json_object_get(message, "QMP"))) {
		handle_greeting(q, part);
	} else if ((part = json_object_get(message, "return"))) {
		handle_reply(q, part, NULL);
	} else if ((part = json_object_get(message, "error"))) {
		const char *text = json_string_value(json_object_get(part, "desc"));

		handle_reply(q, NULL, text ? text : "unknown error");
	} else {
		qmp_close(q);
	}
}

void qmp_init(struct qmp *q, int fd, qmp_event *event, void *context)
{
	*q = (struct qmp){.fd = fd, .event = event, .context = context};
}

void qmp_execute_for(struct qmp *q, const char *command, json_t *arguments, qmp_reply *reply, void *context)
{
	struct qmp_command *new = alloc_bytes(sizeof(*new)), **last = &q->queue;
	bool idle = q->ready && !q->queue;
	json_t *message = json_pack("{s:s, s:o*}", "execute", command, "arguments", arguments);
	char *text = json_dumps(message, JSON_PRESERVE_ORDER);

	new->next = NULL;
	new->line = text_format("%s\n", text);
	new->reply = reply;
	new->context = context;
	free(text);
	json_decref(message);
	while (*last)
		last = &(*last)->next;
	*last = new;
	if (idle && q->fd >= 0)
		send_line(q, new->line);
}

void qmp_execute(struct qmp *q, const char *command, json_t *arguments, qmp_reply *reply)
{
	qmp_execute_for(q, command, arguments, reply, q->context);
}

static json_t *parse(const char *line, size_t length)
{
	json_t *message = json_loadb(line, length, 0, NULL);

	/* Some CPU properties are unsigned and have 64 bits: too much for an integer of jansson. */
	return message ? message : json_loadb(line, length, JSON_DECODE_INT_AS_REAL, NULL);
}

void qmp_input(struct qmp *q)
{
	char bytes[4096], *line, *end;
	ssize_t got = recv(q->fd, bytes, sizeof(bytes), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	q->total += got > 0 ? (size_t)got : 0;
	if (got <= 0 || q->length + (size_t)got > INPUT_MAX || q->total > TOTAL_MAX) {
		qmp_close(q);
		return;
	}
	q->input = realloc(q->input, q->length + (size_t)got + 1);
	if (!q->input)
		abort();
	memcpy(q->input + q->length, bytes, (size_t)got);
	q->length += (size_t)got;

	for (line = q->input; q->fd >= 0; line = end + 1) {
		json_t *message;

		end = memchr(line, '\n', q->length - (size_t)(line - q->input));
		if (!end)
			break;
		message = parse(line, (size_t)(end - line));
		if (json_is_object(message))
			handle_message(q, message);
		else
			qmp_close(q);
		json_decref(message);
	}
	q->length -= (size_t)(line - q->input);
	memmove(q->input, line, q->length);
}

void qmp_close(struct qmp *q)
{
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
	q->ready = false;
}

void qmp_free(struct qmp *q)
{
	qmp_close(q);
	while (q->queue) {
		struct qmp_command *next = q->queue->next;

		free(q->queue->line);
		free(q->queue);
		q->queue = next;
	}
	free(q->input);
	free(q->version);
}
