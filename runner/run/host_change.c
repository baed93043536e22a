/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/host_change.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/common/clock.h"
#include "runner/common/parent.h"

#define END_MS 10000

void host_change_init(struct host_change *h)
{
	*h = (struct host_change){.fd = -1};
}

void host_change_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* Returns 0 or errno. */
static int write_file(const struct host_change_file *file)
{
	int fd = open(file->path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, file->value, strlen(file->value)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* Keeps what @path had before the first write to it. False: there is no room. */
static bool remember(struct host_change *h, const char *path)
{
	struct host_change_file *file = &h->before[h->count];

	for (size_t i = 0; i < h->count; i++)
		if (!strcmp(h->before[i].path, path))
			return true;
	if (h->count == HOST_CHANGE_FILES_MAX)
		return false;
	snprintf(file->path, sizeof(file->path), "%s", path);
	host_change_read(path, file->value, sizeof(file->value));
	h->count++;
	return true;
}

static void put_all_back(struct host_change *h)
{
	while (h->count) {
		const struct host_change_file *file = &h->before[--h->count];
		char now[sizeof(file->value)];

		host_change_read(file->path, now, sizeof(now));
		if (strcmp(now, file->value) != 0)
			write_file(file);
	}
}

_Noreturn static void serve(struct host_change *h, int fd)
{
	struct host_change_file file;
	struct host_change_outcome outcome;

	outlive_parent(fd);
	while (recv(fd, &file, sizeof(file), 0) == sizeof(file)) {
		int64_t start = now_us();

		outcome.error = remember(h, file.path) ? write_file(&file) : ENOSPC;
		outcome.took_us = now_us() - start;
		if (send(fd, &outcome, sizeof(outcome), MSG_NOSIGNAL) != sizeof(outcome))
			break;
	}
	put_all_back(h);
	_exit(0);
}

static bool start(struct host_change *h)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return false;
	fflush(NULL);
	h->pid = fork();
	if (!h->pid)
		serve(h, pair[1]);
	close(pair[1]);
	if (h->pid < 0) {
		close(pair[0]);
		return false;
	}
	h->fd = pair[0];
	return true;
}

bool host_change_write(struct host_change *h, const char *path, const char *value)
{
	struct host_change_file file = {0};

	if (strlen(path) >= sizeof(file.path) || strlen(value) >= sizeof(file.value)) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(file.path, sizeof(file.path), "%s", path);
	snprintf(file.value, sizeof(file.value), "%s", value);
	if (!remember(h, path)) {
		errno = ENOSPC;
		return false;
	}
	if (h->fd < 0 && !start(h))
		return false;
	return send(h->fd, &file, sizeof(file), MSG_NOSIGNAL) == sizeof(file);
}

void host_change_outcome(struct host_change *h, struct host_change_outcome *outcome)
{
	ssize_t got = recv(h->fd, outcome, sizeof(*outcome), MSG_DONTWAIT);

	if (got != sizeof(*outcome))
		*outcome = (struct host_change_outcome){.error = got < 0 ? errno : EPIPE};
}

void host_change_end(struct host_change *h)
{
	int64_t end = now_ms() + END_MS;
	int status = 0;
	pid_t ended;

	if (h->fd < 0)
		return;
	close(h->fd);
	h->fd = -1;
	while (!(ended = waitpid(h->pid, &status, WNOHANG)) && now_ms() < end)
		poll(NULL, 0, 1);
	if (ended == h->pid && status)
		put_all_back(h);
	h->count = 0;
}
