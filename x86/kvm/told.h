/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's command line says of the configuration, and of the host, which a guest cannot find out itself.
 * docs/arguments.md has a row for each argument. What is not said is not known, and no test may rely on it.
 */
#ifndef X86_KVM_TOLD_H
#define X86_KVM_TOLD_H

#include "lib/types.h"

enum told { TOLD_NOTHING, TOLD_OFF, TOLD_ON };

/* A number; 0 while it is not known. */
struct told_number {
	bool known;
	u64 value;
};

struct told_facts {
	/* The configuration. */
	enum told enforce; /* KVM enforces CPUID */
	enum told cold; /* the memory is as in x86/kvm/cold.h */
	enum told shared_cpu; /* all vCPUs share one CPU of the host */
	enum told raced_cpu; /* vCPUs 0 and 1 share one CPU of the host, and vCPU 2 has another */
	enum told hidden; /* the VMM hides KVM from CPUID */
	enum told long_tests; /* tests may take the time that makes them exact */
	enum told hlt_exits; /* off: a HLT does not exit to KVM, and may end at any time */
	enum told kernel_lapic; /* lapic=kernel: KVM emulates the local APIC; lapic=vmm: the VMM */
	enum told foreign_hypercalls; /* replaced: KVM replaces the other vendor's instruction; undefined: it raises #UD */
	enum told map_gpa_range_sum; /* what the VMM returns for KVM_HC_MAP_GPA_RANGE: tests/map_gpa_range.c */
	enum told virtio_channel; /* the channel to the runner: channel=virtio or channel=com2 */
	enum told host_cmos_clock; /* cmos-clock=host: the CMOS clock has the host's time in UTC */

	/* The host. */
	enum told apicv; /* off: its processor does not virtualize the local APIC */
	enum told tsc_clock; /* its clocksource is the TSC */
	enum told tsc_stable; /* off: it found its TSC unstable */
	enum told doubled_interrupts; /* it runs in an emulator that delivers some interrupts twice */
	enum told host_is_virtual; /* it runs in a VM or an emulator */
	struct told_number kvm_features; /* KVM_GET_SUPPORTED_CPUID's EAX of the feature leaf */
	struct told_number kvm_base; /* where the VMM shows KVM's leaves */
	struct told_number vcpu_tsc_khz; /* a vCPU's TSC */
	struct told_number host_cpus; /* how many the vCPUs may run on */
	struct told_number epoch; /* CLOCK_REALTIME in seconds shortly before the VM started */
	bool clock_slew_known;
	s64 clock_slew_ppm; /* CLOCK_MONOTONIC runs so much faster than CLOCK_MONOTONIC_RAW */
};

extern struct told_facts told;

/*
 * How many interrupts may arrive where count different ones were sent: edge-triggered interrupts may coalesce, and never
 * multiply. But QEMU's emulation of VMRUN delivers one in two thousand twice: the second time at any moment until the vCPU's
 * next exit, so within the handler of the first or, if that makes no exit, after it, even with interrupts off. The local APIC
 * knows of one interrupt.
 */
static inline unsigned int told_interrupts_max(unsigned int count)
{
	return told.doubled_interrupts == TOLD_ON ? count + count / 4 + 1 : count;
}

/* Take in KEY=VALUE. False: the key is none of these, or the value none of its own. */
bool told_parse(const char *key, const char *value);

/* All arguments as "KEY=VALUES ..." into text[size]; returns the length, as format() does. */
size_t told_arguments(char *text, size_t size);

#endif
