/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host says of itself, of its KVM and of its clocks. told_facts.c makes kernel arguments of it. */
#ifndef RUNNER_RUN_HOST_FACTS_H
#define RUNNER_RUN_HOST_FACTS_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

enum fact { FACT_UNKNOWN, FACT_OFF, FACT_ON };

struct host_facts {
	bool kvm_answered;
	uint32_t kvm_features; /* KVM_GET_SUPPORTED_CPUID's EAX of the feature leaf */
	uint32_t vcpu_tsc_khz; /* KVM_GET_TSC_KHZ of a new vCPU; 0: not known, or not the real rate */
	bool scales_tsc; /* KVM gives vCPUs any TSC frequency that is asked for */
	enum fact tsc_clock; /* its clocksource is the TSC, so that KVM's master clock works */
	enum fact tsc_stable; /* off: it has a TSC, and does not use it as a clocksource of high resolution */
	enum fact apicv; /* AVIC or APICv is switched on; this processor may have none */
	enum fact is_virtual; /* it runs in a VM, or in an emulator */
	bool doubles_interrupts; /* it runs in QEMU's emulator, which may deliver an interrupt twice */
	bool slew_known;
	int slew_ppm; /* how much faster CLOCK_MONOTONIC runs than CLOCK_MONOTONIC_RAW, rounded away from 0 */
	unsigned int cpus; /* how many vCPUs may run on */
};

/*
 * Asks. @root is what /proc and /sys are looked for in: "" but in tests. @kvm_device: KVM's, or "" for none. @cpus: where
 * vCPUs may run, or NULL for wherever this process may.
 */
void host_facts_ask(struct host_facts *h, const char *root, const char *kvm_device, const cpu_set_t *cpus);

/* How many CPUs that is; 0: not known. */
unsigned int host_facts_cpus(const cpu_set_t *cpus);

/* Parts of it, which depend on @root alone. */
void host_facts_read(struct host_facts *h, const char *root);

#endif
