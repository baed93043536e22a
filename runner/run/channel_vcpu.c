/* SPDX-License-Identifier: BSD-2-Clause */
/* The threads of vCPUs, for the channel's verbs that act on one. QEMU says which they are. */
#include <inttypes.h>

#include "runner/common/result.h"
#include "runner/run/channel_verbs.h"

static void threads_arrived(void *context, json_t *reply, const char *error)
{
	struct channel *c = context;
	json_t *cpu;
	size_t i;

	json_array_foreach(reply, i, cpu) {
		if ((uint64_t)result_number(cpu, "cpu-index") == c->wanted.vcpu) {
			c->wanted.then(c, (pid_t)result_number(cpu, "thread-id"));
			return;
		}
	}
	channel_finish(c, CHANNEL_IS_FAILED, "QEMU has no vCPU %" PRIu64 "%s%s", c->wanted.vcpu,
		       error ? ": " : "", error ? error : "");
}

void channel_find_vcpu(struct channel *c, uint64_t vcpu, void (*then)(struct channel *c, pid_t thread))
{
	if (c->qmp->fd < 0) {
		channel_finish(c, CHANNEL_IS_FAILED, "QEMU does not listen");
		return;
	}
	c->wanted = (struct channel_wanted){.vcpu = vcpu, .then = then};
	qmp_execute_for(c->qmp, "query-cpus-fast", NULL, threads_arrived, c);
}
