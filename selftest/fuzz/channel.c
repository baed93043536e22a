/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/channel.c and channel_line.c: whatever a guest sends, beside a QEMU that obeys. */
#include "selftest/fuzz/fuzz.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/channel.h"
#include "runner/run/channel.h"
#include "runner/run/channel_verbs.h"

struct guest {
	int channel, qmp; /* our ends */
	struct channel runner;
	struct qmp qemu;
	struct log log;
	bool paused; /* by QMP */
};

static void make_pair(int *ours, int *theirs)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || fcntl(pair[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(pair[1], F_SETFL, O_NONBLOCK))
		err(2, "socketpair");
	*ours = pair[0];
	*theirs = pair[1];
}

static void say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		err(2, "send");
}

static void event_arrived(void *context, const char *name, json_t *data)
{
	(void)context;
	(void)name;
	(void)data;
}

/* QEMU does what it is told: the commands come one at a time. */
static void obey(struct guest *g)
{
	char command[4096];
	ssize_t got;

	while ((got = recv(g->qmp, command, sizeof(command) - 1, 0)) > 0) {
		command[got] = '\0';
		if (strstr(command, "\"stop\"")) {
			FUZZ_CHECK(!g->paused);
			g->paused = true;
		} else if (strstr(command, "\"cont\"")) {
			FUZZ_CHECK(g->paused);
			g->paused = false;
		}
		say(g->qmp, "{\"return\": {}}\n");
		qmp_input(&g->qemu);
		if (strstr(command, "\"system_reset\"")) {
			FUZZ_CHECK(g->runner.resetting && g->runner.number);
			channel_was_reset(&g->runner);
		}
	}
}

/* Each line is printable, no longer than it may be, and the last one is complete. */
static void check_answers(struct guest *g)
{
	char bytes[8192];
	size_t length = 0;
	ssize_t got;

	while ((got = recv(g->channel, bytes, sizeof(bytes), 0)) > 0) {
		for (ssize_t i = 0; i < got; i++) {
			length = bytes[i] == '\n' ? 0 : length + 1;
			FUZZ_CHECK(length < CHANNEL_LINE_SIZE);
			FUZZ_CHECK(bytes[i] == '\n' || (bytes[i] >= ' ' && bytes[i] <= '~'));
		}
	}
	FUZZ_CHECK(!length);
}

static void serve(struct guest *g)
{
	obey(g);
	g->runner.resume_ms = g->runner.resume_ms ? 1 : 0; /* no pause takes its time here */
	channel_watch(&g->runner);
	obey(g);
	check_answers(g);
	FUZZ_CHECK(g->paused == g->runner.pausing && !g->runner.number && !g->runner.failure);
}

/* runner/run/run_save.c needs a VM. */
static void refuse(void *context)
{
	struct guest *g = context;

	channel_finish(&g->runner, CHANNEL_IS_FAILED, "there is no VM");
}

static void refuse_to_save(void *context, uint64_t stand_ms)
{
	(void)stand_ms;
	refuse(context);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest g = {0};
	struct vm vm = {0};
	int qmp;

	make_pair(&vm.channel, &g.channel);
	make_pair(&qmp, &g.qmp);
	log_open(&g.log, NULL, NULL, NULL);
	qmp_init(&g.qemu, qmp, event_arrived, &g);
	channel_init(&g.runner, &vm, &g.qemu, &g.log);
	g.runner.services = (struct channel_services){refuse_to_save, refuse, refuse, &g};
	say(g.qmp, "{\"QMP\": {}}\n");
	qmp_input(&g.qemu);
	obey(&g);
	while (size && g.runner.fd >= 0) {
		ssize_t sent = send(g.channel, data, size < 500 ? size : 500, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		data += sent;
		size -= (size_t)sent;
		channel_input(&g.runner);
		serve(&g);
	}
	close(g.channel);
	if (g.runner.fd >= 0)
		channel_input(&g.runner);
	channel_free(&g.runner);
	close(g.qmp);
	qmp_free(&g.qemu);
	log_close(&g.log);
	free(g.log.qemu_last);
	free(g.log.qemu_text);
	return 0;
}
