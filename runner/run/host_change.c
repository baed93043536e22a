/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/host_change.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner/common/clock.h"

#define FILES_MAX  8
#define PATH_SIZE  128
#define VALUE_SIZE 64
#define END_MS	   10000

struct file {
	char path[PATH_SIZE];
	char value[VALUE_SIZE];
};

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
static int write_file(const struct file *file)
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
static bool remember(struct file *before, size_t *count, const char *path)
{
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(before[i].path, path))
			return true;
	if (*count == FILES_MAX)
		return false;
	snprintf(before[*count].path, PATH_SIZE, "%s", path);
	host_change_read(path, before[*count].value, VALUE_SIZE);
	++*count;
	return true;
}

static void put_back(const struct file *before)
{
	char now[VALUE_SIZE];

	host_change_read(before->path, now, sizeof(now));
	if (strcmp(now, before->value) != 0)
		write_file(before);
}

/* Nothing but SIGKILL ends it before it is done, and it keeps nothing of the run's open. */
_Noreturn static void serve(int fd)
{
	struct file file, before[FILES_MAX];
	struct host_change_outcome outcome;
	size_t count = 0;
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	for (int other = 0; other < sysconf(_SC_OPEN_MAX) && other < 4096; other++)
		if (other != fd)
			close(other);
	while (recv(fd, &file, sizeof(file), 0) == sizeof(file)) {
		int64_t start = now_us();

		outcome.error = remember(before, &count, file.path) ? write_file(&file) : ENOSPC;
		outcome.took_us = now_us() - start;
		if (send(fd, &outcome, sizeof(outcome), MSG_NOSIGNAL) != sizeof(outcome))
			break;
	}
	while (count)
		put_back(&before[--count]);
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
		serve(pair[1]);
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
	struct file file = {0};

	if (strlen(path) >= PATH_SIZE || strlen(value) >= VALUE_SIZE) {
		errno = ENAMETOOLONG;
		return false;
	}
	snprintf(file.path, PATH_SIZE, "%s", path);
	snprintf(file.value, VALUE_SIZE, "%s", value);
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

	if (h->fd < 0)
		return;
	close(h->fd);
	h->fd = -1;
	while (waitpid(h->pid, NULL, WNOHANG) == 0 && now_ms() < end)
		poll(NULL, 0, 1);
}
