/* SPDX-License-Identifier: BSD-2-Clause */
/* The needs that tests declare, and what to say about one that is not met. */
#include "x86/kvm/needs.h"

#include "lib/arch.h"
#include "lib/format.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/svm.h"
#include "x86/kvm/hypercall.h"
#include "x86/platform/refclock.h"

struct needs_settings needs_settings = {.tsc_clock = true, .apicv = true, .hlt_exits = true};

/* Of Microsoft's specification: the leaf that names the interface, and "Hv#1". */
#define HYPERV_INTERFACE     0x40000001
#define HYPERV_INTERFACE_EAX 0x31237648

/* Nobody's: it lies before KVM's own range, and far from any vendor's. */
#define MSR_UNKNOWN 0x4b564cff

/* How QEMU calls what sets each bit; NULL: no property of QEMU does. */
static const char *const feature_properties[32] = {
	[KVM_FEATURE_CLOCKSOURCE] = "kvmclock",
	[KVM_FEATURE_NOP_IO_DELAY] = "kvm-nopiodelay",
	[KVM_FEATURE_MMU_OP] = "kvm-mmu",
	[KVM_FEATURE_CLOCKSOURCE2] = "kvmclock",
	[KVM_FEATURE_ASYNC_PF] = "kvm-asyncpf",
	[KVM_FEATURE_STEAL_TIME] = "kvm-steal-time",
	[KVM_FEATURE_PV_EOI] = "kvm-pv-eoi",
	[KVM_FEATURE_PV_UNHALT] = "kvm-pv-unhalt",
	[KVM_FEATURE_PV_TLB_FLUSH] = "kvm-pv-tlb-flush",
	[KVM_FEATURE_ASYNC_PF_VMEXIT] = "kvm-asyncpf-vmexit",
	[KVM_FEATURE_PV_SEND_IPI] = "kvm-pv-ipi",
	[KVM_FEATURE_POLL_CONTROL] = "kvm-poll-control",
	[KVM_FEATURE_PV_SCHED_YIELD] = "kvm-pv-sched-yield",
	[KVM_FEATURE_ASYNC_PF_INT] = "kvm-asyncpf-int",
	[KVM_FEATURE_MSI_EXT_DEST_ID] = "kvm-msi-ext-dest-id",
	[KVM_FEATURE_CLOCKSOURCE_STABLE_BIT] = "kvmclock-stable-bit",
};

static enum verdict check_features(const struct test_needs *needs, char *why, size_t size)
{
	u32 missing = needs->features & ~kvm_leaf.features;
	u32 unwanted = needs->absent & kvm_leaf.features;
	unsigned int bit;

	if (!missing && !unwanted)
		return VERDICT_PASS;
	bit = (unsigned int)__builtin_ctz(missing ? missing : unwanted);
	if (!feature_properties[bit])
		format(why, size, "feature bit %u is %sadvertised; it is the VMM's to %s", bit,
		       missing ? "not " : "", missing ? "offer" : "hide");
	else
		format(why, size, "%s is %sadvertised; %s -cpu ...,%s=%s", feature_properties[bit],
		       missing ? "not " : "", "use", feature_properties[bit], missing ? "on" : "off");
	return VERDICT_SKIP;
}

/* Tried once: in a nested VM an MSR access takes 0.1 ms, and this is asked before every test. */
static bool unknown_msrs_fault(void)
{
	static bool tried, faults;
	u64 value;

	if (!tried)
		faults = rdmsr_safe(MSR_UNKNOWN, &value) != 0;
	tried = true;
	return faults;
}

static enum verdict check_conditions(u32 wanted, char *why, size_t size)
{
	const struct {
		u32 condition;
		bool holds;
		enum verdict otherwise;
		const char *why;
	} table[] = {
		{NEED_KVM, kvm_leaf.base != 0, VERDICT_SKIP,
		 "CPUID has no KVM leaf; run under KVM, without -cpu ...,kvm=off"},
		{NEED_ENFORCED, needs_settings.enforced, VERDICT_SKIP,
		 "for hosts that enforce; use -cpu ...,kvm-pv-enforce-cpuid=on, and enforce=on for the kernel"},
		{NEED_UNENFORCED, !needs_settings.enforced, VERDICT_SKIP,
		 "for hosts that do not enforce; use -cpu ...,kvm-pv-enforce-cpuid=off"},
		{NEED_REFCLOCK, refclock_name() != NULL, VERDICT_SKIP,
		 "the machine has no PM timer, HPET or PIT; use -machine pc or q35"},
		{NEED_X2APIC, apic_is_x2apic(), VERDICT_SKIP,
		 "the local APIC is no x2APIC; use -cpu ...,x2apic=on and kernel-irqchip=on or split"},
		{NEED_EPOCH, needs_settings.epoch != 0, VERDICT_SKIP,
		 "the host's time is not known; add epoch=$(date +%s) to the kernel's arguments"},
		{NEED_COLD_MEMORY, needs_settings.cold_memory, VERDICT_SKIP,
		 "RAM is not known to be cold; use ./run_tests.sh async_pf"},
		{NEED_SHARED_CPU, needs_settings.shared_cpu, VERDICT_SKIP,
		 "vCPUs are not known to compete for one CPU; use ./run_tests.sh shared_cpu"},
		{NEED_OTHER_CLOCK, !needs_settings.tsc_clock, VERDICT_SKIP,
		 "the host's clocksource is not known to be another than the TSC; use ./run_tests.sh hpet_clock"},
		{NEED_HIDDEN, needs_settings.hidden, VERDICT_SKIP,
		 "KVM is not known to be hidden; use -cpu ...,kvm=off, and hidden=on for the kernel"},
		{NEED_NO_APICV, !needs_settings.apicv, VERDICT_SKIP,
		 "the host may have the processor virtualize the APIC; use ./run_tests.sh no_avic no_apicv"},
		{NEED_SVM, svm_offered(), VERDICT_SKIP,
		 "the processor has no SVM; use an AMD host with kvm_amd's parameter nested=1, and -cpu host"},
		{NEED_WHOLE_FEATURES, !needs_settings.partial_features, VERDICT_SKIP,
		 "features that go together were taken apart for other tests' sake; use ./run_tests.sh default"},
		{NEED_HYPERV, cpuid(HYPERV_INTERFACE).eax == HYPERV_INTERFACE_EAX, VERDICT_SKIP,
		 "Hyper-V's interface is not offered; use ./run_tests.sh hyperv"},
		{NEED_HLT_EXITS, needs_settings.hlt_exits, VERDICT_SKIP,
		 "vCPUs halt without an exit, so that anything may end a HLT; use -overcommit cpu-pm=off"},
		{NEED_MSR_FAULTS, unknown_msrs_fault(), VERDICT_SKIP,
		 "the host swallows accesses to unknown MSRs; set kvm's parameter ignore_msrs=0"},
		/* Last: what would not have run anyway has not failed. */
		{NEED_HYPERCALLS, !kvm_leaf.base || hypercall_returns(), VERDICT_FAIL,
		 "a hypercall does not return on this host (tried once, before the tests): see hypercall.returns"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!(wanted & table[i].condition) || table[i].holds)
			continue;
		format(why, size, "%s", table[i].why);
		return table[i].otherwise;
	}
	return VERDICT_PASS;
}

enum verdict arch_check_needs(const struct test_needs *needs, char *why, size_t size)
{
	enum verdict verdict = check_features(needs, why, size);

	if (verdict != VERDICT_PASS)
		return verdict;
	if (smp_cpus_online() < needs->cpus) {
		format(why, size, "needs %u vCPUs, %u run; use -smp %u", needs->cpus, smp_cpus_online(),
		       needs->cpus);
		return VERDICT_SKIP;
	}
	return check_conditions(needs->conditions, why, size);
}
