/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sentence for each need that a test may find unmet: what is missing, and what would make the test run. The kinds
 * and their words are in lib/unmet.h; the needs are declared in x86/kvm/needs.c, or found inside a test (test_skip()).
 */
#include "lib/arch.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/smp.h"

static const struct {
	enum unmet_kind kind;
	const char *what;
	const char *sentence;
} sentences[] = {
	{UNMET_ABSENT, "kvm", "CPUID has no KVM leaf; run under KVM, without -cpu ...,kvm=off"},
	{UNMET_ABSENT, "any-msr", "no feature that has an MSR is advertised; use -cpu host"},
	{UNMET_ADVERTISED, "every-msr",
	 "every feature that has an MSR is advertised; use -cpu ...,kvm-steal-time=off"},
	{UNMET_ABSENT, "map-gpa-range",
	 "KVM_HC_MAP_GPA_RANGE is not offered; the VMM has to enable KVM_CAP_EXIT_HYPERCALL"},
	{UNMET_ABSENT, "timing-leaf",
	 "CPUID has no timing leaf; use -cpu ...,invtsc=on, without hv-* properties"},
	{UNMET_ADVERTISED, "timing-leaf",
	 "CPUID has the timing leaf; use -cpu ... without tsc-frequency= and invtsc=on"},

	{UNMET_SETTING, "enforce=on",
	 "for hosts that enforce; use -cpu ...,kvm-pv-enforce-cpuid=on, and enforce=on for the kernel"},
	{UNMET_SETTING, "enforce=off",
	 "for hosts that do not enforce; use -cpu ...,kvm-pv-enforce-cpuid=off, without enforce=on"},
	{UNMET_SETTING, "kvm-features=MASK",
	 "it is not known which features the host's KVM has; start the VM with pvrun"},
	{UNMET_SETTING, "kvm-base=N",
	 "it is not known where the VMM shows KVM's leaves; use selftest/vmm/run"},
	{UNMET_SETTING, "map-gpa-range=sum",
	 "the VMM does not tell what it gets of KVM_HC_MAP_GPA_RANGE; use selftest/vmm/run"},
	{UNMET_SETTING, "epoch=SECONDS",
	 "the host's time is not known; add epoch=$(date +%s) to the kernel's arguments"},
	{UNMET_SETTING, "cold=on", "the VM has no cold memory; use ./run_tests.sh async_pf"},
	{UNMET_SETTING, "shared-cpu=on", "the vCPUs do not share one CPU; use ./run_tests.sh shared_cpu"},
	{UNMET_SETTING, "raced-cpu=on",
	 "vCPUs 0 and 1 do not share a CPU of their own; use ./run_tests.sh raced_cpu"},
	{UNMET_SETTING, "long-tests=on", "the test takes long; use ./run_tests.sh kvmclock"},
	{UNMET_SETTING, "channel=virtio", "no runner listens that can do it; use ./run_tests.sh -g host"},
	{UNMET_SETTING, "reset=runner", "the VM was not reset before; use ./run_tests.sh reset"},
	{UNMET_SETTING, "tsc-clock=off",
	 "for hosts whose clocksource is not the TSC; use ./run_tests.sh hpet_clock"},
	{UNMET_SETTING, "hidden=on",
	 "for VMs that hide KVM; use -cpu ...,kvm=off, and hidden=on for the kernel"},
	{UNMET_SETTING, "apicv=off",
	 "the processor may virtualize the APIC; use ./run_tests.sh no_avic no_apicv"},
	{UNMET_SETTING, "cmos-clock=host",
	 "the CMOS clock need not have the host's time; use -rtc base=utc,clock=host, and pvrun"},
	{UNMET_SETTING, "hlt-exits=on",
	 "vCPUs halt without an exit, so a HLT may end at any time; use -overcommit cpu-pm=off"},

	{UNMET_MACHINE, "refclock", "the machine has no PM timer, HPET or PIT; use -machine pc or q35"},
	{UNMET_MACHINE, "kernel-irqchip=on",
	 "the VMM emulates the local APIC; use -machine ...,kernel-irqchip=on or split"},
	{UNMET_MACHINE, "kernel-irqchip=off",
	 "KVM emulates the local APIC; use -machine ...,kernel-irqchip=off"},
	{UNMET_MACHINE, "apic-id-above-255",
	 "no vCPU has an APIC ID above 255; use ./run_tests.sh msi_ext_dest_id"},
	{UNMET_MACHINE, "edu", "the machine has no edu device; use ./run_tests.sh msi_ext_dest_id"},
	{UNMET_MACHINE, "cmos-clock", "the machine has no CMOS clock; use -machine pc or q35"},
	{UNMET_MACHINE, "i8237", "the machine has no 8237; use -machine pc or q35"},
	{UNMET_MACHINE, "i8259", "the machine has no 8259; use -machine pc or q35"},
	{UNMET_MACHINE, "no-xen",
	 "the VMM offers Xen's interface, which takes hypercalls and steal time over; leave out xen-version="},
	{UNMET_MACHINE, "fresh-vm",
	 "another kernel ran in this VM before, and changed what is as at power-on; boot without kexec"},
	{UNMET_MACHINE, "ram-at-0", "page 0 is not RAM; use -machine pc or q35"},
	{UNMET_MACHINE, "channel-port",
	 "the port that channel= names is not there; start the VM with pvrun --channel"},
	{UNMET_MACHINE, "com1-interrupt",
	 "COM1 raises no interrupt through an IOAPIC; use -machine pc and -serial"},
	{UNMET_MACHINE, "cold-pages",
	 "earlier tests have used all cold pages; select fewer tests with run=, or give more memory"},

	{UNMET_PROCESSOR, "svm-or-vmx",
	 "the processor has neither SVM nor VMX; set nested=1 for kvm_amd or kvm_intel, and use -cpu host"},
	{UNMET_PROCESSOR, "pcid", "the processor has no PCIDs; use -cpu ...,pcid=on where the host has them"},
	{UNMET_PROCESSOR, "tsc-adjust", "the processor has no IA32_TSC_ADJUST; use -cpu ...,tsc-adjust=on"},
	{UNMET_PROCESSOR, "tsc-frequency", "CPUID has no TSC frequency; use -cpu ...,invtsc=on"},
	{UNMET_PROCESSOR, "hyperv", "Hyper-V's interface is not offered; use ./run_tests.sh hyperv"},

	{UNMET_HOST, "clocksource=tsc", "the host's clock is not the TSC; run where its clocksource is tsc"},
	{UNMET_HOST, "tsc-offset",
	 "RDTSC does not follow IA32_TSC_ADJUST; run on a host that applies TSC offsets"},
	{UNMET_HOST, "kvm.ignore_msrs=0",
	 "the host ignores accesses to unknown MSRs; set kvm's parameter ignore_msrs=0"},
	{UNMET_HOST, "kvm.ignore_msrs=1",
	 "accesses to unknown MSRs fault on this host; set kvm's parameter ignore_msrs=1"},
	{UNMET_HOST, "hypercalls",
	 "a hypercall does not return on this host (tried twice, before the tests): see hypercall.returns"},

	{UNMET_HOST, "migratable-vm",
	 "QEMU cannot save this VM; leave out invtsc=on, and devices that do not migrate"},
	{UNMET_HOST, "migrate",
	 "the VM is to move to another host, and there is none; use ./run_tests.sh --migrate"},
	{UNMET_HOST, "SET_HOST=on",
	 "the test changes the host's clock or its CPUs; use SET_HOST=on ./run_tests.sh host_clock, as root"},
	{UNMET_HOST, "root", "the runner may not change the host; use SET_HOST=on, as root"},
	{UNMET_HOST, "clocksource=hpet",
	 "the host has no clocksource but the TSC; run where available_clocksource has another"},

	{UNMET_HOST, "ptrace",
	 "the runner may not trace QEMU; use a host, or a container, that allows ptrace"},

	{UNMET_HOST, "vcpu-affinity",
	 "the vCPU may run on several CPUs of the host; use ./run_tests.sh contended"},
	{UNMET_HOST, "schedstat",
	 "the host does not tell how long a thread waits for a CPU; use a kernel with CONFIG_SCHED_INFO"},

	{UNMET_HOST, "KVM_CLOCK_REALTIME",
	 "the host's KVM does not tell its time with a VM's clock; run on Linux 5.16 or newer"},
	{UNMET_HOST, "kvm-device", "the runner may not open KVM's device; leave KVM_DEVICE unset"},

	{UNMET_HOST, "newer-runner",
	 "the runner does not know what this test asks it for; use a newer pvrun"},

	{UNMET_HOST, "kvm.halt_poll_ns=10000000",
	 "the host did not poll in a HLT, or its HLTs took too long; use ./run_tests.sh counted-polling"},
	{UNMET_HOST, "debugfs",
	 "KVM's counters cannot be read; mount debugfs at /sys/kernel/debug, and run as root"},

	{UNMET_LUCK, "page-after-hlt",
	 "this time each page was there before the vCPU could halt; run it again"},
	{UNMET_LUCK, "missing-pages",
	 "the host did not report all of the pages as missing, or read them too soon; run it again"},
	{UNMET_LUCK, "eviction",
	 "this time the host kept a page in memory, or had it there again; run it again"},
	{UNMET_MACHINE, "rom", "the firmware leaves no ROM below 4 GiB; use -machine pc or q35"},
	{UNMET_MACHINE, "ram-below-4-gib",
	 "the loader names no RAM above 1 MiB and below 4 GiB; boot by multiboot or PVH"},
	{UNMET_LUCK, "races",
	 "this time vCPU 2 met vCPU 1 preempted too few times; give the vCPUs' two CPUs less other work"},
	{UNMET_LUCK, "contention",
	 "this time the vCPU seldom waited for its CPU; give the host's CPU 1 less other work"},
	{UNMET_SETTING, "vcpu-tsc-khz=KHZ",
	 "the frequency of a vCPU's TSC is not known; use pvrun, or give vcpu-tsc-khz=KHZ to the kernel"},
	{UNMET_HOST, "tsc=stable",
	 "the host's TSC is unstable, so KVM changes a vCPU's TSC; use a host that trusts its TSC"},
	{UNMET_LUCK, "refclock-in-time",
	 "this time the vCPU was off its CPU for too long between two readings of the reference clock"},
	{UNMET_LUCK, "halt-over-migration",
	 "this time vCPU 2's HLT ended before it was kicked; run it again"},
	{UNMET_LUCK, "sleep-over-migration", "this time the vCPU woke up before the VM stood; run it again"},
	{UNMET_LUCK, "tscs-restored-in-time",
	 "this time the VMM took a second or more between the TSCs of two vCPUs when it restored the VM"},
	{UNMET_LUCK, "host-time-steady", "the host's time was set or steered while the test measured"},
	{UNMET_LUCK, "narrow-bracket",
	 "this time the vCPUs were off their CPUs whenever the host updated their clocks"},
	{UNMET_LUCK, "vcpus-in-parallel",
	 "this time the vCPUs did not run at the same time; give each a CPU of its own"},
};

/* What the runner's answers name (docs/channel.md), or a feature of KVM's. */
static void explain_host(const char *what, char *text, size_t size)
{
	if (!strcmp(what, "newer-runner"))
		format(text, size, "the runner does not know what this test asks it for; use a newer pvrun");
	else if (string_glob("host-cpu=*", what))
		format(text, size, "the host cannot switch CPU %s off; run where it has one that it can",
		       what + strlen("host-cpu="));
	else if (string_glob("maxcpus=*", what))
		format(text, size, "the VM has all the vCPUs that it may have; use -smp ...,%s", what);
	else if (string_glob("qemu>=*", what))
		format(text, size, "the host's QEMU cannot do it; use QEMU %s or newer",
		       what + strlen("qemu>="));
	else
		format(text, size, "the host's KVM does not have %s; run on a newer kernel", what);
}

/* Needs with a number or one of many names in them. */
static void explain_others(const struct unmet *unmet, char *text, size_t size)
{
	const char *what = unmet->what;
	bool absent = unmet->kind == UNMET_ABSENT;

	switch (unmet->kind) {
	case UNMET_ABSENT:
	case UNMET_ADVERTISED:
		if (string_glob("bit-*", what))
			format(text, size, "feature bit %s is %sadvertised; the VMM has to %s it",
			       what + strlen("bit-"), absent ? "not " : "", absent ? "offer" : "hide");
		else
			format(text, size, "%s is %sadvertised; use -cpu ...,%s=%s", what,
			       absent ? "not " : "", what, absent ? "on" : "off");
		break;
	case UNMET_VCPUS:
		format(text, size, "needs %s vCPUs, %u run; use -smp %s", what, smp_cpus_online(), what);
		break;
	case UNMET_HOST:
		explain_host(what, text, size);
		break;
	case UNMET_UNKNOWN:
		format(text, size, "not checked, for it is newer than these tests: %s", what);
		break;
	default:
		format(text, size, "the test needs %s", what);
	}
}

void arch_explain_unmet(const struct unmet *unmet, char *text, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		if (sentences[i].kind != unmet->kind || strcmp(sentences[i].what, unmet->what))
			continue;
		format(text, size, "%s", sentences[i].sentence);
		return;
	}
	explain_others(unmet, text, size);
}
