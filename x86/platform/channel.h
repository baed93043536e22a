/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The channel to the runner, for tests: docs/channel.md. One vCPU at a time uses it, at any interrupt flag. A test that
 * uses it declares NEED_CHANNEL.
 */
#ifndef X86_PLATFORM_CHANNEL_H
#define X86_PLATFORM_CHANNEL_H

#include "lib/channel_lines.h"
#include "lib/types.h"

/* Find and start the port that channel= names, if the runner has given that argument. */
void channel_init(void);

/* The runner says that it listens; and the port is there. */
bool channel_is_told(void);
bool channel_is_there(void);

/*
 * Ask, and wait for the answer: what the runner does takes up to takes_ms. The first request of a run is preceded by the
 * agreement on a version. Ends the test as an error where there is no answer in time, or one that the request failed or
 * was bad, and as a skip where the host cannot do it.
 */
void channel_ask(enum channel_verb verb, const u64 *arguments, unsigned int takes_ms,
		 struct channel_answer *answer);

/* The same, but the vCPU halts for rest_ns before it looks for the answer. */
void channel_ask_and_rest(enum channel_verb verb, const u64 *arguments, u64 rest_ns, unsigned int takes_ms,
			  struct channel_answer *answer);

/* A value of an answer. Ends the test as an error if the answer has none of this key. */
u64 channel_value(const struct channel_answer *answer, const char *key);

/* The host's CLOCK_REALTIME, in ns, at some time between the call and its end. */
u64 channel_host_time_ns(void);

/* The same of its CLOCK_MONOTONIC, which goes on where the VM stands. */
u64 channel_host_monotonic_ns(void);

struct channel_pause {
	u64 stood_ns; /* the VM stood for at least so long, by the host's clock */
	u64 took_ns; /* and for at most so long */
};

/* Have the VM stand for ms, at most CHANNEL_PAUSE_MAX_MS: no vCPU runs meanwhile. */
void channel_pause(unsigned int ms, struct channel_pause *pause);

struct channel_save {
	unsigned int restored; /* how often the VM was restored from what was saved, with this time */
	u64 stood_ns, took_ns; /* as above, from the save to this restore */
};

/*
 * Have the VM saved, and restored in another process of the VMM, where it stands for ms in between, and for longer. Returns
 * once for each restore. Nothing may be under way to the runner but what other vCPUs do in memory.
 */
void channel_save(unsigned int ms, struct channel_save *save);

/*
 * Have the VM restored once more: the call of channel_save() returns again, and all memory is as it was then. So what was
 * seen since is lost, and failed checks with it: not after one that failed.
 */
void channel_restore(void);

struct channel_migrate {
	struct channel_save
		save; /* the host's clocks are those of two hosts: stood and took are as exact as their CLOCK_REALTIME agree */
	bool tsc_clock_known, tsc_clock; /* the new host's clocksource is the TSC */
};

/*
 * Have the VM moved to another host, where this returns. As of channel_save(). channel_host_monotonic_ns() goes on there, by the
 * time that it took.
 */
void channel_migrate(struct channel_migrate *migrate);

/* How often the VM has booted, with this time; 0 if no runner answers. For use outside of tests. */
u64 channel_boots(void);

/*
 * Have the runner reset the VM; or tell it that the guest is about to, or the run would end. Returns after the answer, which
 * does not come where the runner resets, or some seconds later. For use outside of tests.
 */
void channel_reset(bool by_runner);

#endif
