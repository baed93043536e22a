/* SPDX-License-Identifier: BSD-2-Clause */
/* For the files that serve the channel's verbs: channel.c and channel_*.c, and nothing else. */
#ifndef RUNNER_RUN_CHANNEL_VERBS_H
#define RUNNER_RUN_CHANNEL_VERBS_H

#include "lib/channel.h"
#include "runner/run/channel.h"

/* The answer to the request that is under way, which ends it. */
void channel_finish(struct channel *c, enum channel_status status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Of KVM's counter @which for the VM: lib/kvm_counters.h. */
void channel_count(struct channel *c, uint64_t which);

/* Pages of cold memory: takes them out of memory, and answers later. */
void channel_evict(struct channel *c, uint64_t address, uint64_t bytes);

/* channel_host.c; the last as channel_watch(), while a CPU is to come online */
void channel_clocksource(struct channel *c, uint64_t tsc);
void channel_host_cpu(struct channel *c, uint64_t cpu, uint64_t on);
int64_t channel_host_watch(struct channel *c);

/*
 * Asks QEMU for the thread of a vCPU (its cpu-index), and calls then(@c, thread) later; ends the request as failed if there is no
 * such vCPU.
 */
void channel_find_vcpu(struct channel *c, uint64_t vcpu, void (*then)(struct channel *c, pid_t thread));

/* channel_pause.c; the latter as channel_watch(), while a pause is to end */
void channel_pause(struct channel *c, uint64_t ms);
int64_t channel_pause_watch(struct channel *c);

/* channel_suspend.c; the latter as channel_watch() */
void channel_suspend(struct channel *c, uint64_t vcpu, uint64_t ms);
int64_t channel_suspend_watch(struct channel *c);

/* channel_plug.c */
void channel_plug(struct channel *c);

/* channel_contend.c */
void channel_contend(struct channel *c, uint64_t vcpu, uint64_t ms);
void channel_contend_end(struct channel *c);
void channel_run_delay(struct channel *c, uint64_t vcpu);

/* @step of lib/kvm_clock.h. */
void channel_kvm_clock(struct channel *c, uint64_t step);

#endif
