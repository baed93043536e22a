/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The QEMU Machine Protocol over a socket, asynchronous: commands queue up, replies come to
 * handlers, in order.
 */
#ifndef RUNNER_RUN_QMP_H
#define RUNNER_RUN_QMP_H

#include <jansson.h>
#include <stdbool.h>

/*
 * @reply is the command's return value, or NULL with the reason in @error. Both are the caller's to
 * copy.
 */
typedef void qmp_reply(void *context, json_t *reply, const char *error);
typedef void qmp_event(void *context, const char *name, json_t *data);

struct qmp_command {
	struct qmp_command *next;
	char *line;
	int fd; /* goes to QEMU with the line; -1: none does */
	qmp_reply *reply; /* may be NULL */
	void *context; /* the reply's */
};

struct qmp {
	int fd; /* -1 once the connection is closed or has talked nonsense */
	char *version; /* QEMU's, from its greeting; NULL before that */
	bool ready; /* commands are accepted */

	/* Private to qmp.c */
	bool greeted;
	void *context;
	qmp_event *event;
	struct qmp_command *queue;
	char *input;
	size_t length, total;
};

/* Owns @fd, a non-blocking socket. */
void qmp_init(struct qmp *q, int fd, qmp_event *event, void *context);
/* Takes @arguments over; NULL if there are none. @reply gets the context of qmp_init(). */
void qmp_execute(struct qmp *q, const char *command, json_t *arguments, qmp_reply *reply);
/* The same, with a context of its own. */
void qmp_execute_for(struct qmp *q, const char *command, json_t *arguments, qmp_reply *reply, void *context);
/* Gives QEMU @fd, which it keeps as @name, and closes it here. */
void qmp_give_fd(struct qmp *q, const char *name, int fd, qmp_reply *reply);
/* Another QEMU is there, on @fd. What the former one has not answered is dropped. */
void qmp_reopen(struct qmp *q, int fd);
/* To be called when @q->fd is readable. */
void qmp_input(struct qmp *q);
void qmp_close(struct qmp *q);
void qmp_free(struct qmp *q);

#endif
