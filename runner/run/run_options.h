/* SPDX-License-Identifier: BSD-2-Clause */
/* What pvrun runs, and how. */
#ifndef RUNNER_RUN_RUN_OPTIONS_H
#define RUNNER_RUN_RUN_OPTIONS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "runner/common/events.h"

struct run_options {
	const char *name, *qemu, *accel, *kernel, *append;
	const char *features, *absent; /* names that must, must not be advertised, with commas; may be NULL */
	const char *kvm_device; /* says what KVM offers; "": none is opened */
	const char *may_refuse; /* extended regular expression over QEMU's messages; may be NULL */
	const char *log; /* path; may be NULL */
	bool verbose; /* the log goes to @events, or, without them, to stderr as well */
	struct events *events;
	const cpu_set_t *cpus; /* where vCPU threads may run; NULL: anywhere */
	const cpu_set_t *vcpu_cpus; /* where the first @vcpu_cpus_count vCPUs may run, instead of @cpus */
	size_t vcpu_cpus_count;
	const struct cold_memory *cold; /* the guest's RAM; NULL: ordinary memory */
	const char *console; /* "virtio" or "serial" */
	bool channel; /* the guest may ask for what a host can do: channel.h */
	const char *migrate_to; /* a folder: a VM that asks for it leaves its state there; or NULL */
	const char *migrate_from; /* a folder: the VM comes from there; or NULL */
	bool set_host; /* and it may have the host's own clock and CPUs changed */
	int64_t timeout_ms, silence_ms;
	char **args; /* QEMU's, beyond what pvrun adds itself */
};

#endif
