/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/capture.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/clock.h"
#include "runner/common/exit_status.h"
#include "runner/common/parent.h"

/* In the child. */
__attribute__((noreturn)) static void become(const char *const *argv, pid_t parent, int in, int out)
{
	end_with_parent(parent, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	/* execvp() changes neither the strings nor the array, whatever its type says. */
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(CAPTURE_CANNOT_START);
}

/* Copies @from to @to until @from ends. False: the time was up before. */
static bool copy_until(int from, FILE *to, int64_t end_ms)
{
	char bytes[4096];
	ssize_t length;

	for (;;) {
		struct pollfd ready = {.fd = from, .events = POLLIN};
		int64_t left_ms = end_ms - now_ms();

		if (left_ms <= 0)
			return false;
		if (poll(&ready, 1, (int)left_ms) <= 0)
			continue;
		length = read(from, bytes, sizeof(bytes));
		if (length == 0)
			return true;
		if (length > 0)
			fwrite(bytes, 1, (size_t)length, to);
	}
}

static int exit_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			err(STATUS_CANNOT_RUN, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : CAPTURE_SIGNAL + WTERMSIG(status);
}

char *capture(const char *const *argv, const char *input, int seconds, int *status)
{
	int in[2], out[2];
	char *text;
	size_t size;
	FILE *stream = alloc_stream(&text, &size);
	bool ended;
	pid_t parent = getpid(), pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err(STATUS_CANNOT_RUN, "pipe");
	pid = fork();
	if (pid < 0)
		err(STATUS_CANNOT_RUN, "fork");
	if (!pid)
		become(argv, parent, in[0], out[1]);
	/* With both ends open this cannot raise SIGPIPE. */
	if (write(in[1], input, strlen(input)) != (ssize_t)strlen(input))
		err(STATUS_CANNOT_RUN, "cannot write to %s", argv[0]);
	close(in[0]);
	close(in[1]);
	close(out[1]);
	ended = copy_until(out[0], stream, now_ms() + seconds * INT64_C(1000));
	close(out[0]);
	if (!ended)
		kill(pid, SIGKILL);
	*status = exit_status(pid);
	if (!ended)
		*status = CAPTURE_TIMED_OUT;
	fclose(stream);
	return text;
}
