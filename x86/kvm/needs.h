/* SPDX-License-Identifier: BSD-2-Clause */
/* The bits of struct test_needs.conditions. The sentence for each that is not met is in x86/kvm/unmet.c. */
#ifndef X86_KVM_NEEDS_H
#define X86_KVM_NEEDS_H

#include "lib/types.h"

/* What the host offers. */
#define NEED_KVM	BIT_ULL(0) /* a KVM leaf in CPUID, with or without the hypervisor bit */
#define NEED_HYPERCALLS BIT_ULL(2) /* hypercalls return; where they do not, the test fails at once */
#define NEED_NO_XEN \
	BIT_ULL(33) /* KVM does not serve Xen's interface, which takes steal time and hypercalls over */
#define NEED_HYPERV	    BIT_ULL(3) /* Hyper-V's interface is offered, too */
#define NEED_PV_MSR	    BIT_ULL(4) /* pv_msr_is_offered() for at least one */
#define NEED_USABLE_PV_MSR  BIT_ULL(5) /* pv_msr_is_usable() for at least one */
#define NEED_HIDDEN_PV_MSR  BIT_ULL(6) /* at least one PV MSR whose feature is not advertised */
#define NEED_TIMING_LEAF    BIT_ULL(7) /* CPUID has HYPERVISOR_CPUID_FREQ, and its first base is KVM's */
#define NEED_NO_TIMING_LEAF BIT_ULL(8) /* KVM's leaves end before HYPERVISOR_CPUID_FREQ */

/* What a configuration sets, and tells the kernel. */
#define NEED_ENFORCED	 BIT_ULL(9) /* enforce=on: what is not advertised must fault */
#define NEED_UNENFORCED	 BIT_ULL(10) /* enforce=off: KVM's default; unadvertised features work */
#define NEED_EPOCH	 BIT_ULL(11) /* epoch=SECONDS: the host's time */
#define NEED_COLD_MEMORY BIT_ULL(12) /* cold=on: x86/kvm/cold.h */
#define NEED_SHARED_CPU	 BIT_ULL(13) /* shared-cpu=on: all vCPUs share one CPU of the host */
#define NEED_OTHER_CLOCK BIT_ULL(14) /* tsc-clock=off: the host's clocksource is not the TSC */
#define NEED_HIDDEN	 BIT_ULL(15) /* hidden=on: the VMM hides KVM from CPUID */
#define NEED_NO_APICV \
	BIT_ULL(16) /* apicv=off, not lapic=vmm: KVM emulates the local APIC, without the processor */
#define NEED_HOST_CMOS_CLOCK BIT_ULL(17) /* cmos-clock=host: the CMOS clock has the host's time */
#define NEED_HLT_EXITS	     BIT_ULL(18) /* hlt-exits=on: a HLT exits to KVM, which decides when it ends */

/* The machine. */
#define NEED_REFCLOCK	       BIT_ULL(19) /* a clock that does not depend on KVM's */
#define NEED_KERNEL_LAPIC      BIT_ULL(20) /* KVM emulates the local APIC */
#define NEED_USERSPACE_APIC    BIT_ULL(21) /* the VMM emulates the local APIC */
#define NEED_APIC_ID_ABOVE_255 BIT_ULL(22) /* a vCPU, other than the boot CPU, with such an APIC ID */
#define NEED_EDU	       BIT_ULL(23) /* QEMU's edu device */
#define NEED_CMOS_CLOCK	       BIT_ULL(24)
#define NEED_I8259	       BIT_ULL(25)
#define NEED_RAM_AT_0	       BIT_ULL(26)
#define NEED_FRESH_VM	       BIT_ULL(1) /* no other kernel ran in it before */

/* The processor. */
#define NEED_NESTED_GUEST  BIT_ULL(27) /* AMD's or Intel's virtualization: nested_guest_offered() */
#define NEED_PCID	   BIT_ULL(28)
#define NEED_TSC_ADJUST	   BIT_ULL(29) /* IA32_TSC_ADJUST */
#define NEED_TSC_FREQUENCY BIT_ULL(30) /* CPUID has the frequency of the TSC: cpuid_tsc_khz() */

/* The host's set-up. */
#define NEED_MSR_FAULTS	  BIT_ULL(31) /* accesses to unknown MSRs raise #GP: KVM's default */
#define NEED_MSRS_IGNORED BIT_ULL(32) /* accesses to unknown MSRs do nothing */

/* More of what a configuration sets. */
#define NEED_RACED_CPU \
	BIT_ULL(40) /* raced-cpu=on: vCPUs 0 and 1 share one CPU of the host, vCPU 2 has another */
#define NEED_LONG_TESTS BIT_ULL(41) /* long-tests=on: a test may take more than a tenth of a second */
#define NEED_CHANNEL	BIT_ULL(42) /* channel=virtio or com2: the runner does what it is asked for */
#define NEED_RESET	BIT_ULL(43) /* reset=: the VM was reset before the tests: vm_reset.h */

#endif
