/* SPDX-License-Identifier: BSD-2-Clause */
/* A run while its VM lives. Private to run*.c: what each of them may see of the others. */
#ifndef RUNNER_RUN_RUN_STATE_H
#define RUNNER_RUN_RUN_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "runner/common/run_end.h"
#include "runner/run/channel.h"
#include "runner/run/expected.h"
#include "runner/run/ktap_parser.h"
#include "runner/run/log.h"
#include "runner/run/qmp.h"
#include "runner/run/run_options.h"
#include "runner/run/saved_state.h"
#include "runner/run/timing.h"
#include "runner/run/vm.h"

enum save_step {
	SAVE_NONE,
	SAVE_WRITING, /* QEMU stops the VM, and writes its state */
	SAVE_REFUSED, /* or does not, and lets it go on */
	SAVE_ENDING, /* that QEMU has been killed */
	SAVE_STANDING, /* there is no QEMU */
	SAVE_READING, /* another one reads the state */
	SAVE_RESUMING, /* and lets the VM go on */
};

/* The last save of the VM, or the one that is under way; private to run_save.c and run_restore.c. */
struct save {
	enum save_step step;
	struct saved_state state;
	uint64_t request; /* its number on the channel */
	unsigned int restored; /* how often */
	bool written; /* QEMU says that this was all */
	bool leaves; /* the state goes to another host */
	char *refusal;
	enum channel_status refused_as;
	int64_t asked_us, stopped_us, resumed_us; /* now_us() */
	int64_t stand_ms, start_ms;
};

/* A VM between two hosts; private to run_migrate.c. */
struct migration {
	FILE *printed; /* all that the guest has printed so far, where the VM may leave; else NULL */
	char *text; /* the same */
	size_t length;
	json_t *facts; /* of the VM that has arrived, or NULL */
};

struct run {
	const struct run_options *o;
	struct vm_options vm_options;
	char *append; /* the whole kernel command line */
	struct vm vm;
	struct qmp qmp;
	struct ktap_parser ktap;
	struct channel channel;
	struct save save;
	struct migration migration;
	struct log log;
	struct expected expected;
	struct timing timing;
	int signals, signal;
	int64_t start_ms, heard_ms, stopped_ms;
	size_t com1_bytes;
	bool nmi_sent, status_asked;
	bool ended; /* or is about to: QEMU may still be there */
	enum run_end end;
	char *why; /* the same in a sentence, or NULL */
	void (*pinned)(struct run *r); /* see run_pin_vcpus() */
	char *shutdown; /* QEMU's reason for the guest's shutdown, or NULL */
};

/* Ends the VM. The first reason counts: those after it may follow from it. Takes @why over. */
void run_stop(struct run *r, enum run_end end, char *why);

/* run_start.c: starts the VM. */
void run_start(struct run *r);

/* run.c: reads what a QEMU that has ended left in its sockets, and closes them. */
void run_drain(struct run *r);

/* run_vcpus.c: gives each thread of a vCPU its CPUs, if the run has any for it, and calls then(@r). */
void run_pin_vcpus(struct run *r, void (*then)(struct run *r));

/* run_save.c: for the channel, with a struct run as context. */
void run_save_asked(void *context, uint64_t stand_ms);
void run_restore_asked(void *context);
/* QEMU's event MIGRATION. */
void run_save_event(struct run *r, json_t *data);
/* QEMU has ended, and another one is to take over. */
bool run_save_goes_on(const struct run *r);
/* Does what is due, and returns the time (now_ms()) at which to call it again, or INT64_MAX. */
int64_t run_save_watch(struct run *r);
void run_save_free(struct run *r);

/* The VM is to leave for another host, and the run ends. */
void run_save_leave(struct run *r);
/* For both halves: QEMU says MIGRATION when it has ended. Cold memory is a file that both QEMUs map, and stays where it is. */
#define RUN_SAVE_PIPE "state"
void run_save_set_capabilities(struct run *r, qmp_reply *reply);
json_t *run_save_pipe_address(void);

/* run_restore.c: starts a QEMU for the VM that was saved. */
void run_restore_start(struct run *r);
/* A VM of another host, whose state is in @r->save.state, is to go on in the QEMU that was started. */
void run_restore_arrive(struct run *r, uint64_t request);
/* That QEMU has read it. */
void run_restore_resume(struct run *r);

/* run_migrate.c: for the channel, with a struct run as context. */
void run_migrate_asked(void *context);
void run_migrate_start(struct run *r);
void run_migrate_printed(struct run *r, const char *bytes, size_t length);
/* Writes the folder, and ends the run: QEMU has ended. */
void run_migrate_leave(struct run *r);
/* A QEMU that is to take the VM over has been started. */
void run_migrate_arrive(struct run *r);
/* That QEMU can be talked to. False: it is not the one for this VM, and the run has ended. */
bool run_migrate_check_qemu(struct run *r);
/* The VM, whose state has been read, is about to go on. */
void run_migrate_go_on(struct run *r);
/* Further values of the answer: " KEY=NUMBER"... The caller frees it. */
char *run_migrate_answer(const struct run *r);
void run_migrate_free(struct run *r);

/* run_watch.c: acts on what is due, and returns the time (now_ms()) of what is due next. */
int64_t run_watch(struct run *r);
/* For qmp_init(), with a struct run as context: the events with which QEMU tells of shutdowns and of its own trouble. */
void run_qmp_event(void *context, const char *name, json_t *data);

/* run_judge.c: sets end and why of a run whose QEMU ended by itself. */
void run_judge_exit(struct run *r);
/*
 * Configurations may ask for what some QEMUs or kernels do not have; then it is no failure that QEMU does not start.
 * Returns the line with which it refused, which the caller frees, or NULL.
 */
char *run_refusal(const struct run *r);

#endif
