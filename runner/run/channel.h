/* SPDX-License-Identifier: BSD-2-Clause */
/* The runner's end of the channel: what the guest asks for is done over QMP, one request at a time. docs/channel.md. */
#ifndef RUNNER_RUN_CHANNEL_H
#define RUNNER_RUN_CHANNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/channel.h"
#include "runner/common/lines.h"
#include "runner/run/cold.h"
#include "runner/run/host_change.h"
#include "runner/run/log.h"
#include "runner/run/qmp.h"
#include "runner/run/vm.h"

struct channel;

/* What takes more than QMP. Each answers by channel_finish(), at once or later. */
struct channel_services {
	void (*save)(void *context, uint64_t stand_ms);
	void (*restore)(void *context);
	void (*migrate)(void *context);
	void *context;
};

/* The vCPU whose thread QEMU is asked for. */
struct channel_wanted {
	uint64_t vcpu;
	void (*then)(struct channel *c, pid_t thread);
};

struct channel_suspend {
	pid_t thread; /* that stands, or is about to; 0: none */
	int signal; /* that stopped it, or 0 */
	int64_t ms, end_ms, stopped_us; /* 0: it does not stand yet */
};

/* A CPU of the host that is to come online. */
struct channel_host_cpu {
	char path[128];
	int64_t by_ms; /* now_ms() at which it does, at the latest; 0: none is to come */
};

/* A thread of this process that takes CPU time from a vCPU. */
struct channel_contend {
	bool started, stop;
	pthread_t thread;
	int64_t ms, end_ms;
};

struct channel {
	int fd; /* a socket; -1: there is no channel, or it was closed */
	size_t bytes; /* that the guest has sent */
	bool pausing; /* the VM stands, or is about to, because the guest asked for it */
	bool resetting; /* a reset is to come that the guest asked for or announced */
	struct channel_services services; /* the owner sets them after channel_init() */
	const struct cold_memory *cold; /* or NULL; the owner sets it after channel_init() */
	bool set_host; /* the guest may have the host itself changed */
	const char *kvm_device; /* for VMs of the runner's own; the owner sets it after channel_init() */
	struct host_change change; /* what is changed of it */
	char *failure; /* why the VM cannot go on, or NULL; the channel's until channel_free() */

	/* Private to channel.c and channel_*.c */
	const struct vm *vm;
	struct qmp *qmp;
	struct log *log;
	struct lines lines;
	bool greeted;
	unsigned int boots; /* of the VM, with the one that is under way */
	uint64_t number; /* of the request that is under way; 0: none is */
	int64_t resume_ms; /* now_ms() at which a paused VM is to go on; 0: none is */
	int64_t asked_us, stopped_us, resumed_us; /* of a pause, by now_us() */
	int64_t pause_ms;
	uint64_t evicting, evicting_bytes; /* the pages that the cold memory's server is to evict */
	struct channel_wanted wanted;
	struct channel_suspend suspend;
	struct channel_contend contend;
	struct channel_host_cpu host_cpu;
	unsigned int plugged; /* how many vCPUs were */
	int64_t monotonic_ahead_us; /* of the clock that the guest is told, before this host's: it goes on over a migration */
	bool left_tsc; /* the host's clocksource was the TSC before it was changed */
};

/* Owns @vm->channel. The others, and @vm, outlive the channel. */
void channel_init(struct channel *c, const struct vm *vm, struct qmp *qmp, struct log *log);
/* To be called when @c->fd is readable. */
void channel_input(struct channel *c);
/* To be called when the server of the cold memory has something to say. */
void channel_cold_input(struct channel *c);
/* To be called when @c->change.fd is readable. */
void channel_host_changed(struct channel *c);
/* Does what is due, and returns the time (now_ms()) at which to call it again, or INT64_MAX. */
int64_t channel_watch(struct channel *c);
/* The VM was reset: another boot begins. */
void channel_was_reset(struct channel *c);
/* The number of the request that is under way, or 0. */
uint64_t channel_number(const struct channel *c);
/* The VM is in another QEMU, on @fd, which the channel owns, and the guest awaits the answer to request @number. */
void channel_reopen(struct channel *c, int fd, uint64_t number);
/* The VM comes from another host, in its boot number @boots, and the guest awaits the answer to request @number. */
void channel_take_over(struct channel *c, unsigned int boots, uint64_t number);
void channel_free(struct channel *c);

#endif
