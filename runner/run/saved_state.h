/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a VM as QEMU writes it, in memory: it comes and goes through pipes, and leaves nothing behind. */
#ifndef RUNNER_RUN_SAVED_STATE_H
#define RUNNER_RUN_SAVED_STATE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* Pages of zeros take 9 bytes each. */
#define SAVED_STATE_MAX ((size_t)512 << 20)

struct saved_state {
	size_t length;
	bool overflowed; /* there was more than SAVED_STATE_MAX */

	/* Private to saved_state.c */
	char *bytes;
	size_t room, sent;
	int fd; /* our end of the pipe, or -1 */
	bool sending;
};

void saved_state_init(struct saved_state *s);
/* Makes a pipe for a new state, or for this one. Returns QEMU's end, which is the caller's, or -1 with errno. */
int saved_state_receive(struct saved_state *s);
int saved_state_send(struct saved_state *s);
/* QEMU has closed its end, or got all. */
bool saved_state_is_through(const struct saved_state *s);
/* What to wait for; then saved_state_move() is due, which does nothing where the pipe was closed meanwhile. */
struct pollfd saved_state_poll(const struct saved_state *s);
void saved_state_move(struct saved_state *s);
/* The same as a file's content, read into one that has none. False, with errno: it cannot be written, or read. */
bool saved_state_write(const struct saved_state *s, const char *path);
bool saved_state_read(struct saved_state *s, const char *path);
/* 64 digits, which the caller frees. */
char *saved_state_sha256(const struct saved_state *s);
void saved_state_forget(struct saved_state *s);

#endif
