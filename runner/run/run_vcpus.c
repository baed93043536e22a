/* SPDX-License-Identifier: BSD-2-Clause */
/* The host CPUs on which vCPUs run: QEMU starts paused, and says which threads they are. */
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/run/run_state.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

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
	r->pinned(r);
}

void run_pin_vcpus(struct run *r, void (*then)(struct run *r))
{
	r->pinned = then;
	if (r->o->cpus)
		qmp_execute(&r->qmp, "query-cpus-fast", NULL, cpus_arrived);
	else
		then(r);
}
