/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/host_change.c: files get back what they had, however the process ends that has them written. */
#include "selftest/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner/run/host_change.h"

#define WAIT_MS 10000

static char path[64];

static int make_file(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/host_change_test.XXXXXX");
	fd = mkstemp(path);
	return fd < 0 || write(fd, "tsc\n", 4) != 4 || close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static bool has(const char *want)
{
	char text[64];

	host_change_read(path, text, sizeof(text));
	return !strcmp(text, want);
}

static int change(struct host_change *h, const char *file, const char *value)
{
	struct host_change_outcome outcome;
	struct pollfd fd = {.events = POLLIN};

	assert_true(host_change_write(h, file, value));
	fd.fd = h->fd;
	assert_int_equal(poll(&fd, 1, WAIT_MS), 1);
	host_change_outcome(h, &outcome);
	assert_true(outcome.took_us >= 0);
	return outcome.error;
}

static void the_first_content_comes_back(void **state)
{
	struct host_change h;

	(void)state;
	host_change_init(&h);
	host_change_end(&h);
	assert_int_equal(change(&h, path, "hpe"), 0);
	assert_true(has("hpe"));
	assert_int_equal(change(&h, path, "acp"), 0);
	assert_int_equal(change(&h, "/proc/no/such/file", "1"), ENOENT);
	assert_true(has("acp"));
	host_change_end(&h);
	assert_true(has("tsc"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void also_after_a_kill(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		struct host_change h;

		host_change_init(&h);
		change(&h, path, "hpe");
		raise(has("hpe") ? SIGKILL : SIGTERM);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	for (int ms = 0; ms < WAIT_MS && !has("tsc"); ms++)
		poll(NULL, 0, 1);
	assert_true(has("tsc"));
}

/* The next write finds the process gone, and may start another one. */
static void also_where_the_process_that_writes_is_killed(void **state)
{
	struct host_change_outcome outcome;
	struct host_change h;

	(void)state;
	host_change_init(&h);
	assert_int_equal(change(&h, path, "hpe"), 0);
	assert_int_equal(kill(h.pid, SIGKILL), 0);
	while (recv(h.fd, &outcome, sizeof(outcome), 0) > 0)
		;
	host_change_end(&h);
	assert_true(has("tsc"));
	assert_int_equal(change(&h, path, "acp"), 0);
	assert_true(has("acp"));
	host_change_end(&h);
	assert_true(has("tsc"));
}

static void too_long_is_refused(void **state)
{
	char text[4096];
	struct host_change h;

	(void)state;
	memset(text, '1', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	host_change_init(&h);
	assert_false(host_change_write(&h, path, text));
	assert_false(host_change_write(&h, text, "1"));
	assert_true(has("tsc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_content_comes_back, make_file, remove_file),
		cmocka_unit_test_setup_teardown(also_after_a_kill, make_file, remove_file),
		cmocka_unit_test_setup_teardown(also_where_the_process_that_writes_is_killed, make_file,
						remove_file),
		cmocka_unit_test_setup_teardown(too_long_is_refused, make_file, remove_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
