/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/jobs.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"

#define TICK_MS 1000
/* A full pipe has 64 KiB, which a few reads take. */
#define PIPE_READS_MAX 64

/* Of the descriptors to poll: the signals, the reader of our output, and then those of each job. */
#define POLL_SIGNALS 0
#define POLL_OUTPUT  1
#define POLL_JOBS    2
#define POLL_PER_JOB (CHILD_STREAMS + 1)

struct job {
	size_t index;
	struct child child;
};

struct jobs {
	const struct jobs_client *client;
	struct job *running;
	size_t running_count;
	struct pollfd *polled;
	int signals;
	int interrupted;
};

/* Signals that were ignored when this program started stay so: nohup, background jobs of a script. */
static int catch_signals(sigset_t *before)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t caught;
	int fd;

	sigemptyset(&caught);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaction(numbers[i], NULL, &action);
		if (action.sa_handler != SIG_IGN)
			sigaddset(&caught, numbers[i]);
	}
	sigprocmask(SIG_BLOCK, &caught, before);
	fd = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		err(STATUS_CANNOT_RUN, "cannot catch signals");
	return fd;
}

static void interrupt(struct jobs *j, int number)
{
	if (!j->interrupted)
		j->interrupted = number;
	for (size_t i = 0; i < j->running_count; i++)
		kill(j->running[i].child.pid, SIGTERM);
}

static void read_signals(struct jobs *j)
{
	struct signalfd_siginfo info;

	while (read(j->signals, &info, sizeof(info)) == sizeof(info))
		interrupt(j, (int)info.ssi_signo);
}

/* False: nothing more comes, at least for now. */
static bool read_stream(struct jobs *j, struct job *job, int stream)
{
	int *fd = &job->child.streams[stream];
	char bytes[65536];
	ssize_t got;

	if (*fd < 0)
		return false;
	got = read(*fd, bytes, sizeof(bytes));
	if (got > 0)
		j->client->input(j->client->context, job->index, stream, bytes, (size_t)got);
	if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
		return got > 0;
	close(*fd);
	*fd = -1;
	return false;
}

/* What it wrote before it ended is in the pipes. A pipe may have another writer still, which may not end at all. */
static void end_job(struct jobs *j, size_t i)
{
	struct job job = j->running[i];
	int status = child_wait(&job.child);

	for (int stream = 0; stream < CHILD_STREAMS; stream++) {
		for (int reads = 0; reads < PIPE_READS_MAX && read_stream(j, &job, stream); reads++)
			;
		if (job.child.streams[stream] >= 0)
			close(job.child.streams[stream]);
	}
	j->running[i] = j->running[--j->running_count];
	if (!j->interrupted && j->client->again && j->client->again(j->client->context, job.index, status)) {
		struct job *once_more = &j->running[j->running_count++];

		once_more->index = job.index;
		j->client->start(j->client->context, job.index, &once_more->child);
		return;
	}
	j->client->end(j->client->context, job.index, status);
}

static void wait_for_something(struct jobs *j)
{
	size_t used = POLL_JOBS;

	for (size_t i = 0; i < j->running_count; i++) {
		const struct child *child = &j->running[i].child;

		j->polled[used++] = (struct pollfd){.fd = child->pidfd, .events = POLLIN};
		for (int stream = 0; stream < CHILD_STREAMS; stream++)
			j->polled[used++] = (struct pollfd){.fd = child->streams[stream], .events = POLLIN};
	}
	if (poll(j->polled, used, j->client->tick ? TICK_MS : -1) < 0 && errno != EINTR)
		err(STATUS_CANNOT_RUN, "poll");
}

static void serve(struct jobs *j)
{
	size_t count = j->running_count;

	if (j->polled[POLL_SIGNALS].revents)
		read_signals(j);
	/* A pipe whose reader has gone. */
	if (j->polled[POLL_OUTPUT].revents & POLLERR) {
		j->polled[POLL_OUTPUT].fd = -1;
		interrupt(j, SIGPIPE);
	}
	for (size_t i = 0; i < count; i++)
		for (int stream = 0; stream < CHILD_STREAMS; stream++)
			if (j->polled[POLL_JOBS + i * POLL_PER_JOB + 1 + (size_t)stream].revents)
				read_stream(j, &j->running[i], stream);
	/* From the end, as the last one takes the place of one that has ended. */
	for (size_t i = count; i-- > 0;)
		if (j->polled[POLL_JOBS + i * POLL_PER_JOB].revents)
			end_job(j, i);
	if (j->client->tick)
		j->client->tick(j->client->context);
}

int jobs_run(const struct jobs_client *client, size_t count, size_t parallel, int output)
{
	struct jobs j = {.client = client};
	size_t next = 0;
	sigset_t before;

	parallel = parallel < count ? parallel : count;
	child_need_descriptors(parallel);
	j.running = alloc_bytes(parallel * sizeof(*j.running));
	j.polled = alloc_bytes((POLL_JOBS + parallel * POLL_PER_JOB) * sizeof(*j.polled));
	j.signals = catch_signals(&before);
	j.polled[POLL_SIGNALS] = (struct pollfd){.fd = j.signals, .events = POLLIN};
	j.polled[POLL_OUTPUT] = (struct pollfd){.fd = output};
	while (j.running_count || (!j.interrupted && next < count)) {
		while (!j.interrupted && next < count && j.running_count < parallel &&
		       (!client->may_start || client->may_start(client->context, next, j.running_count))) {
			struct job *job = &j.running[j.running_count++];

			job->index = next++;
			client->start(client->context, job->index, &job->child);
		}
		wait_for_something(&j);
		serve(&j);
	}
	close(j.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(j.running);
	free(j.polled);
	return j.interrupted;
}
