/* SPDX-License-Identifier: BSD-2-Clause */
/* The host CPUs on which vCPUs run: QEMU starts paused, says which threads they are, and goes on once these are pinned. */
#include "runner/common/clock.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/run_state.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

static void resumed(void *context, json_t *reply, const char *error)
{
	struct run *r = context;

	r->heard_ms = now_ms();
	if (!reply)
		run_stop(r, RUN_END_COULD_NOT_START,
			 text_format("QEMU refused to start the vCPUs: %s", error));
}

static void cpus_arrived(void *context, json_t *reply, const char *error)
{
	struct run *r = context;
	json_t *cpu;
	size_t i;

	if (!json_array_size(reply)) {
		run_stop(r, RUN_END_COULD_NOT_START,
			 text_format("cannot ask QEMU for its vCPU threads: %s", error ? error : "none"));
		return;
	}
	json_array_foreach(reply, i, cpu) {
		pid_t thread = (pid_t)result_number(cpu, "thread-id");
		size_t index = (size_t)result_number(cpu, "cpu-index");
		const cpu_set_t *cpus = index < r->o->vcpu_cpus_count ? &r->o->vcpu_cpus[index] : r->o->cpus;

		if (sched_setaffinity(thread, sizeof(*cpus), cpus)) {
			run_stop(r, RUN_END_COULD_NOT_START,
				 text_format("cannot pin vCPU %zu: %s", index, strerror(errno)));
			return;
		}
	}
	qmp_execute(&r->qmp, "cont", NULL, resumed);
}

void run_pin_vcpus(struct run *r)
{
	qmp_execute(&r->qmp, "query-cpus-fast", NULL, cpus_arrived);
}
