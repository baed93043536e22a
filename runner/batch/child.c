/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/child.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/parent.h"
#include "runner/common/text.h"

/* Above all descriptors that a child is given. */
#define FIRST_FREE_DESCRIPTOR 64
/* What this program opens besides children's streams. */
#define OWN_DESCRIPTORS 32

void child_need_descriptors(size_t children)
{
	rlim_t need = FIRST_FREE_DESCRIPTOR + OWN_DESCRIPTORS + children * (CHILD_STREAMS + 1);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		err(STATUS_CANNOT_RUN, "cannot ask for the limit of descriptors");
	if (limit.rlim_cur >= need)
		return;
	limit.rlim_cur = need;
	if (limit.rlim_max < need || setrlimit(RLIMIT_NOFILE, &limit))
		errx(STATUS_CANNOT_RUN,
		     "the limit of open descriptors is too low: it is %llu, want %llu (see ulimit -n)",
		     (unsigned long long)limit.rlim_max, (unsigned long long)need);
}

static void become(const struct child_spec *spec, const int *writers)
{
	int null = open("/dev/null", O_RDWR);
	int high[CHILD_STREAMS];
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(null, STDIN_FILENO);
	if (spec->quiet)
		dup2(null, STDOUT_FILENO);
	if (spec->output) {
		int output = open(spec->output, O_WRONLY | O_CREAT | O_TRUNC, 0666);

		if (output < 0 || dup2(output, STDOUT_FILENO) < 0)
			err(STATUS_CANNOT_RUN, "cannot write %s", spec->output);
	}
	/* In two steps, as a pipe may have the number of another one's place. */
	for (int i = 0; i < CHILD_STREAMS && spec->descriptors[i]; i++)
		high[i] = fcntl(writers[i], F_DUPFD_CLOEXEC, FIRST_FREE_DESCRIPTOR);
	for (int i = 0; i < CHILD_STREAMS && spec->descriptors[i]; i++)
		dup2(high[i], spec->descriptors[i]);
	/* The environment keeps the copies. */
	for (const char *const *entry = spec->environment; entry && *entry; entry++)
		putenv(text_format("%s", *entry));
	execvp(spec->argv[0], spec->argv);
	err(STATUS_CANNOT_RUN, "cannot execute %s", spec->argv[0]);
}

static void start(struct child *child, const struct child_spec *spec, bool own_group)
{
	pid_t parent = getpid();
	int writers[CHILD_STREAMS];

	for (int i = 0; i < CHILD_STREAMS; i++)
		child->streams[i] = writers[i] = -1;
	for (int i = 0; i < CHILD_STREAMS && spec->descriptors[i]; i++) {
		int ends[2];

		if (pipe2(ends, O_CLOEXEC) || fcntl(ends[0], F_SETFL, O_NONBLOCK))
			err(STATUS_CANNOT_RUN, "cannot make a pipe");
		child->streams[i] = ends[0];
		writers[i] = ends[1];
	}
	fflush(NULL);
	child->pid = fork();
	if (child->pid < 0)
		err(STATUS_CANNOT_RUN, "cannot fork");
	if (!child->pid) {
		/* SIGTERM: it takes its own children along and writes down what it has. */
		end_with_parent(parent, SIGTERM);
		if (own_group)
			setpgid(0, 0);
		become(spec, writers);
	}
	for (int i = 0; i < CHILD_STREAMS; i++)
		if (writers[i] >= 0)
			close(writers[i]);
	child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0)
		err(STATUS_CANNOT_RUN, "cannot watch a child");
	fcntl(child->pidfd, F_SETFD, FD_CLOEXEC);
}

void child_start(struct child *child, const struct child_spec *spec)
{
	start(child, spec, true);
}

int child_wait(struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			err(STATUS_CANNOT_RUN, "cannot wait for a child");
	close(child->pidfd);
	child->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
}

int child_run(const struct child_spec *spec)
{
	struct child child;

	start(&child, spec, false);
	return child_wait(&child);
}

char *child_output(char *const *argv, int *status)
{
	const struct child_spec spec = {.argv = argv, .descriptors = {STDOUT_FILENO}};
	char *text, bytes[4096];
	size_t size;
	FILE *all = open_memstream(&text, &size);
	struct child child;
	ssize_t got;

	if (!all)
		err(STATUS_CANNOT_RUN, "out of memory");
	start(&child, &spec, false);
	fcntl(child.streams[0], F_SETFL, 0);
	while ((got = read(child.streams[0], bytes, sizeof(bytes))) > 0 || (got < 0 && errno == EINTR))
		if (got > 0)
			fwrite(bytes, 1, (size_t)got, all);
	close(child.streams[0]);
	fclose(all);
	*status = child_wait(&child);
	return text;
}
