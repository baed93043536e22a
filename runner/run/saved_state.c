/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/saved_state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runner/common/sha256.h"
#include "runner/common/text.h"

#define PIECE ((size_t)1 << 20)

static void close_pipe(struct saved_state *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void saved_state_init(struct saved_state *s)
{
	*s = (struct saved_state){.fd = -1};
}

/* @side: which end of a pipe is ours, which does not block. */
static int open_pipe(struct saved_state *s, int side)
{
	int ends[2];

	close_pipe(s);
	s->sent = 0;
	s->sending = side == 1;
	if (pipe2(ends, O_CLOEXEC))
		return -1;
	s->fd = ends[side];
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	return ends[!side];
}

int saved_state_receive(struct saved_state *s)
{
	saved_state_forget(s);
	return open_pipe(s, 0);
}

int saved_state_send(struct saved_state *s)
{
	return open_pipe(s, 1);
}

bool saved_state_is_through(const struct saved_state *s)
{
	return s->fd < 0;
}

struct pollfd saved_state_poll(const struct saved_state *s)
{
	return (struct pollfd){.fd = s->fd, .events = s->sending ? POLLOUT : POLLIN};
}

/* What QEMU writes to a pipe that nothing reads fails there. */
static bool make_room(struct saved_state *s)
{
	size_t room = s->room ? 2 * s->room : PIECE;
	char *bytes;

	if (s->length < s->room)
		return true;
	s->overflowed = room > SAVED_STATE_MAX || !(bytes = realloc(s->bytes, room));
	if (s->overflowed)
		return false;
	s->bytes = bytes;
	s->room = room;
	return true;
}

static void receive(struct saved_state *s)
{
	ssize_t got;

	if (!make_room(s)) {
		close_pipe(s);
		return;
	}
	got = read(s->fd, s->bytes + s->length, s->room - s->length);
	if (got > 0)
		s->length += (size_t)got;
	else if (!got || (errno != EAGAIN && errno != EINTR))
		close_pipe(s);
}

static void send_on(struct saved_state *s)
{
	ssize_t written = write(s->fd, s->bytes + s->sent, s->length - s->sent);

	if (written > 0)
		s->sent += (size_t)written;
	if (s->sent == s->length || (written < 0 && errno != EAGAIN && errno != EINTR))
		close_pipe(s);
}

void saved_state_move(struct saved_state *s)
{
	if (s->fd >= 0 && s->sending)
		send_on(s);
	else if (s->fd >= 0)
		receive(s);
}

static int write_all(const struct saved_state *s, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), error = 0;
	size_t done = 0;
	ssize_t written;

	if (fd < 0)
		return errno;
	while (done < s->length && !error) {
		written = write(fd, s->bytes + done, s->length - done);
		if (written >= 0)
			done += (size_t)written;
		else if (errno != EINTR)
			error = errno;
	}
	return close(fd) && !error ? errno : error;
}

bool saved_state_write(const struct saved_state *s, const char *path)
{
	char *part = text_format("%s.part", path);
	int error = write_all(s, part);

	if (!error && rename(part, path))
		error = errno;
	if (error)
		unlink(part);
	free(part);
	errno = error;
	return !error;
}

bool saved_state_read(struct saved_state *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	ssize_t got = 1;

	if (fd < 0)
		return false;
	while (got > 0 && make_room(s)) {
		got = read(fd, s->bytes + s->length, s->room - s->length);
		if (got < 0)
			error = errno;
		else
			s->length += (size_t)got;
	}
	close(fd);
	if (s->overflowed)
		error = EFBIG;
	if (error)
		saved_state_forget(s);
	errno = error;
	return !error;
}

char *saved_state_sha256(const struct saved_state *s)
{
	struct sha256 sum;

	sha256_init(&sum);
	sha256_add(&sum, s->bytes, s->length);
	return sha256_end(&sum);
}

void saved_state_forget(struct saved_state *s)
{
	close_pipe(s);
	free(s->bytes);
	saved_state_init(s);
}
