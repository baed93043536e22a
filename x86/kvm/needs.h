/* SPDX-License-Identifier: BSD-2-Clause */
/* What the bits of struct test_needs.conditions stand for here. */
#ifndef X86_KVM_NEEDS_H
#define X86_KVM_NEEDS_H

#include "lib/types.h"

#define NEED_KVM	    BIT(0) /* a KVM leaf in CPUID */
#define NEED_HYPERCALLS	    BIT(1) /* hypercalls return; where they do not, the test fails at once */
#define NEED_ENFORCED	    BIT(2) /* enforce=on: what is not advertised must fault */
#define NEED_UNENFORCED	    BIT(3) /* enforce=off: KVM's default, under which unadvertised features work */
#define NEED_REFCLOCK	    BIT(4) /* an independent clock */
#define NEED_X2APIC	    BIT(5) /* which is how a guest sees that the local APIC is in the kernel's KVM */
#define NEED_EPOCH	    BIT(6) /* epoch= tells the host's time */
#define NEED_MSR_FAULTS	    BIT(7) /* accesses to MSRs that do not exist raise #GP: KVM's default */
#define NEED_COLD_MEMORY    BIT(8) /* cold=on: x86/kvm/cold.h */
#define NEED_SHARED_CPU	    BIT(9) /* shared-cpu=on: all vCPUs share one CPU of the host */
#define NEED_OTHER_CLOCK    BIT(10) /* tsc-clock=off: the host's clocksource is not the TSC */
#define NEED_HIDDEN	    BIT(11) /* hidden=on: KVM is there, and CPUID is not to show it */
#define NEED_NO_APICV	    BIT(12) /* apicv=off: the processor does not virtualize the local APIC for KVM */
#define NEED_SVM	    BIT(13) /* the processor has AMD's virtualization */
#define NEED_WHOLE_FEATURES BIT(14) /* partial-features=off: the feature set is one that a VMM would sell */
#define NEED_HYPERV	    BIT(15) /* Hyper-V's interface is offered, too */
#define NEED_HLT_EXITS	    BIT(16) /* hlt-exits=on: KVM sees vCPUs halt, and so can tell what ends a HLT */

/* Set from the kernel's command line. */
struct needs_settings {
	bool enforced;
	bool cold_memory;
	bool shared_cpu;
	bool tsc_clock;
	bool hidden;
	bool apicv;
	bool partial_features;
	bool hlt_exits;
	u64 epoch; /* host CLOCK_REALTIME in seconds shortly before the VM started; 0: not told */
};

extern struct needs_settings needs_settings;

#endif
