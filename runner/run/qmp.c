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

/* The same, with a descriptor. */
static void send_with_fd(struct qmp *q, char *line, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr aligned;
	} control = {.bytes = {0}};
	struct iovec text = {.iov_base = line, .iov_len = strlen(line)};
	struct msghdr message = {.msg_iov = &text,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(q->fd, &message, MSG_NOSIGNAL) != (ssize_t)strlen(line))
		qmp_close(q);
}

static void send_command(struct qmp *q, struct qmp_command *command)
{
	if (command->fd < 0) {
		send_line(q, command->line);
		return;
	}
	send_with_fd(q, command->line, command->fd);
	close(command->fd);
	command->fd = -1;
}

static void free_command(struct qmp_command *command)
{
	if (command->fd >= 0)
		close(command->fd);
	free(command->line);
	free(command);
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
	if (!q->version && !json_unpack(version, "{s:{s:i, s:i, s:i}, s:s}", "qemu", "major", &major, "minor",
					&minor, "micro", &micro, "package", &package))
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
		/* What the handler asks for next waits behind it, and is sent once, below. */
		if (done->reply)
			done->reply(done->context, reply, error);
		q->queue = done->next;
		free_command(done);
	}
	if (q->fd >= 0 && q->ready && q->queue)
		send_command(q, q->queue);
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

/* Takes @arguments and @fd over. */
static void enqueue(struct qmp *q, const char *command, json_t *arguments, int fd, qmp_reply *reply,
		    void *context)
{
	struct qmp_command *new = alloc_bytes(sizeof(*new)), **last = &q->queue;
	bool idle = q->ready && !q->queue;
	json_t *message = json_pack("{s:s, s:o*}", "execute", command, "arguments", arguments);
	char *text = json_dumps(message, JSON_PRESERVE_ORDER);

	new->next = NULL;
	new->line = text_format("%s\n", text);
	new->fd = fd;
	new->reply = reply;
	new->context = context;
	free(text);
	json_decref(message);
	while (*last)
		last = &(*last)->next;
	*last = new;
	if (idle && q->fd >= 0)
		send_command(q, new);
}

void qmp_execute_for(struct qmp *q, const char *command, json_t *arguments, qmp_reply *reply, void *context)
{
	enqueue(q, command, arguments, -1, reply, context);
}

void qmp_give_fd(struct qmp *q, const char *name, int fd, qmp_reply *reply)
{
	enqueue(q, "getfd", json_pack("{s:s}", "fdname", name), fd, reply, q->context);
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

/* Ends the connection, and forgets what was to be said on it. */
static void hang_up(struct qmp *q)
{
	qmp_close(q);
	while (q->queue) {
		struct qmp_command *next = q->queue->next;

		free_command(q->queue);
		q->queue = next;
	}
}

void qmp_reopen(struct qmp *q, int fd)
{
	hang_up(q);
	q->fd = fd;
	q->greeted = false;
	q->length = 0;
}

void qmp_free(struct qmp *q)
{
	hang_up(q);
	free(q->input);
	free(q->version);
}
