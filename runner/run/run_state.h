/* SPDX-License-Identifier: BSD-2-Clause */
/* A run while its VM lives. Private to run*.c: what each of them may see of the others. */
#ifndef RUNNER_RUN_RUN_STATE_H
#define RUNNER_RUN_RUN_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/common/run_end.h"
#include "runner/run/channel.h"
#include "runner/run/expected.h"
#include "runner/run/ktap_parser.h"
#include "runner/run/log.h"
#include "runner/run/qmp.h"
#include "runner/run/run_options.h"
#include "runner/run/timing.h"
#include "runner/run/vm.h"

struct run {
	const struct run_options *o;
	struct vm vm;
	struct qmp qmp;
	struct ktap_parser ktap;
	struct channel channel;
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
	char *shutdown; /* QEMU's reason for the guest's shutdown, or NULL */
};

/* Ends the VM. The first reason counts: those after it may follow from it. Takes @why over. */
void run_stop(struct run *r, enum run_end end, char *why);

/* run_vcpus.c: starts a VM that began paused, once each thread of a vCPU has its CPUs. */
void run_pin_vcpus(struct run *r);

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
