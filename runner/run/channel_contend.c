/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel's verbs contend and run-delay: a thread that competes with a vCPU's for its CPU, and how long the vCPU's thread has
 * waited for a CPU. The spinner is a thread of the runner, so that it cannot outlive that.
 */
#include "runner/run/channel_verbs.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/clock.h"
#include "runner/common/text.h"

static void *spin(void *argument)
{
	const struct channel_contend *s = argument;

	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED) && now_ms() < s->end_ms)
		;
	return NULL;
}

void channel_contend_end(struct channel *c)
{
	if (!c->contend.started)
		return;
	__atomic_store_n(&c->contend.stop, true, __ATOMIC_RELAXED);
	pthread_join(c->contend.thread, NULL);
	c->contend.started = false;
}

/* Returns 0 or errno. */
static int start_spinner(struct channel_contend *s, const cpu_set_t *cpus)
{
	pthread_attr_t attributes;
	int error;

	s->stop = false;
	s->end_ms = after_ms(s->ms);
	pthread_attr_init(&attributes);
	error = pthread_attr_setaffinity_np(&attributes, sizeof(*cpus), cpus);
	if (!error)
		error = pthread_create(&s->thread, &attributes, spin, s);
	pthread_attr_destroy(&attributes);
	s->started = !error;
	return error;
}

/* Where the vCPU may run on several CPUs it would leave the one that is contended. */
static void contend_with(struct channel *c, pid_t thread)
{
	cpu_set_t cpus;
	int error;

	if (sched_getaffinity(thread, sizeof(cpus), &cpus)) {
		channel_finish(c, CHANNEL_IS_FAILED, "the vCPU's CPUs: %s", strerror(errno));
		return;
	}
	if (CPU_COUNT(&cpus) != 1) {
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "vcpu-affinity");
		return;
	}
	error = start_spinner(&c->contend, &cpus);
	if (error)
		channel_finish(c, CHANNEL_IS_FAILED, "a thread on the vCPU's CPU: %s", strerror(error));
	else
		channel_finish(c, CHANNEL_IS_OK, "%s", "");
}

void channel_contend(struct channel *c, uint64_t vcpu, uint64_t ms)
{
	if (ms > CHANNEL_PAUSE_MAX_MS) {
		channel_finish(c, CHANNEL_IS_BAD, "a vCPU's CPU is contended for at most %d ms",
			       CHANNEL_PAUSE_MAX_MS);
		return;
	}
	channel_contend_end(c);
	c->contend.ms = (int64_t)ms;
	if (ms)
		channel_find_vcpu(c, vcpu, contend_with);
	else
		channel_finish(c, CHANNEL_IS_OK, "%s", "");
}

/* Without CONFIG_SCHED_INFO all of the line is 0. Documentation/scheduler/sched-stats.rst. */
static bool read_schedstat(pid_t thread, uint64_t *ran_ns, uint64_t *waited_ns)
{
	char *path = text_format("/proc/%d/schedstat", (int)thread);
	FILE *file = fopen(path, "re");
	bool got = file && fscanf(file, "%" SCNu64 " %" SCNu64, ran_ns, waited_ns) == 2;

	if (file)
		fclose(file);
	free(path);
	return got;
}

static void tell_run_delay(struct channel *c, pid_t thread)
{
	uint64_t ran_ns, waited_ns;

	if (read_schedstat(thread, &ran_ns, &waited_ns) && (ran_ns || waited_ns))
		channel_finish(c, CHANNEL_IS_OK, "waited-ns=%" PRIu64, waited_ns);
	else
		channel_finish(c, CHANNEL_IS_UNSUPPORTED, "schedstat");
}

void channel_run_delay(struct channel *c, uint64_t vcpu)
{
	channel_find_vcpu(c, vcpu, tell_run_delay);
}
