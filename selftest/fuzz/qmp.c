/* SPDX-License-Identifier: BSD-2-Clause */
/* runner/run/qmp.c and expected.c: whatever a VMM says over QMP. */
#include "selftest/fuzz/fuzz.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/common/result.h"
#include "runner/run/expected.h"
#include "runner/run/qmp.h"

struct vmm {
	struct qmp qmp;
	struct expected expected;
	size_t used;
};

/* What is used of the replies, as run.c does. */
static void reply_arrived(void *context, json_t *reply, const char *error)
{
	struct vmm *vmm = context;
	const char *status = reply ? result_string(reply, "status") : error;

	vmm->used += strlen(status);
}

static void expansion_arrived(void *context, json_t *reply, const char *error)
{
	struct vmm *vmm = context;

	expected_answer(&vmm->expected, reply, error);
}

static void event_arrived(void *context, const char *name, json_t *data)
{
	struct vmm *vmm = context;

	vmm->used += strlen(name) + strlen(result_string(data, "reason"));
	if (!strcmp(name, "STOP") && vmm->used < 1000)
		qmp_execute(&vmm->qmp, "query-status", NULL, reply_arrived);
}

static void check_expected(const struct expected *e)
{
	struct ktap_parser *ktap = malloc(sizeof(*ktap));

	if (!ktap)
		return;
	ktap_parser_init(ktap);
	json_object_set_new(ktap->guest, "base", json_integer(0x40000000));
	json_object_set_new(ktap->guest, "features", json_integer(0x1000800));
	expected_check(e, ktap);
	json_decref(expected_json(e));
	ktap_parser_free(ktap);
	free(ktap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char *args[] = {(char *)"-cpu", (char *)"host,kvm-pv-ipi=off", NULL};
	const struct run_options o = {.accel = "kvm", .kvm_device = "", .args = args, .features = "kvmclock"};
	struct vmm vmm = {0};
	char drain[4096];
	json_t *question;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || fcntl(pair[0], F_SETFL, O_NONBLOCK) ||
	    fcntl(pair[1], F_SETFL, O_NONBLOCK))
		err(2, "socketpair");
	qmp_init(&vmm.qmp, pair[0], event_arrived, &vmm);
	qmp_execute(&vmm.qmp, "query-cpus-fast", NULL, reply_arrived);
	expected_init(&vmm.expected, &o);
	question = expected_question(&vmm.expected);
	if (question)
		qmp_execute(&vmm.qmp, "query-cpu-model-expansion", question, expansion_arrived);
	while (size && vmm.qmp.fd >= 0) {
		ssize_t sent = send(pair[1], data, size < 1500 ? size : 1500, MSG_NOSIGNAL);

		if (sent <= 0)
			break;
		data += sent;
		size -= (size_t)sent;
		qmp_input(&vmm.qmp);
		while (recv(pair[1], drain, sizeof(drain), 0) > 0)
			;
	}
	close(pair[1]);
	if (vmm.qmp.fd >= 0)
		qmp_input(&vmm.qmp);
	check_expected(&vmm.expected);
	expected_free(&vmm.expected);
	qmp_free(&vmm.qmp);
	return 0;
}
