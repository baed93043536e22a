/* SPDX-License-Identifier: BSD-2-Clause */
/* The needs that tests declare: which one is not met here. */
#include "x86/kvm/needs.h"

#include "lib/arch.h"
#include "lib/format.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/nested_guest.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/lapic.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/told.h"
#include "x86/kvm/vm_reset.h"
#include "x86/platform/boot_info.h"
#include "x86/platform/channel.h"
#include "x86/platform/i8259.h"
#include "x86/platform/pci.h"
#include "x86/platform/refclock.h"
#include "x86/platform/rtc.h"

/* Hypervisor Top Level Functional Specification: the leaf that identifies the interface, and its value, "Hv#1". */
#define HYPERV_INTERFACE     0x40000001
#define HYPERV_INTERFACE_EAX 0x31237648

/* Where vCPUs share CPUs of the host, few of them have something to do at any time. */
#define TIME_FACTOR_MAX 8

/* "XenVMMXenVMM", in the registers of the first hypervisor leaf. */
#define XEN_SIGNATURE_EBX 0x566e6558
#define XEN_SIGNATURE_ECX 0x65584d4d
#define XEN_SIGNATURE_EDX 0x4d4d566e

/* No MSR has this number: it is just before KVM's own range, and far from any vendor's. */
#define MSR_UNKNOWN 0x4b564cff

/* The QEMU property that sets each bit; NULL: there is none. */
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

static enum verdict unmet_need(struct unmet *unmet, enum unmet_kind kind, const char *what)
{
	unmet->kind = kind;
	format(unmet->what, sizeof(unmet->what), "%s", what);
	return VERDICT_SKIP;
}

/* The first of these bits, by its property or its number. */
static void name_feature(u32 bits, struct unmet *unmet)
{
	unsigned int bit = (unsigned int)__builtin_ctz(bits);

	if (feature_properties[bit])
		format(unmet->what, sizeof(unmet->what), "%s", feature_properties[bit]);
	else
		format(unmet->what, sizeof(unmet->what), "bit-%u", bit);
}

static enum verdict check_features(const struct test_needs *needs, struct unmet *unmet)
{
	u32 missing = needs->features & ~kvm_leaf.features;
	u32 unwanted = needs->absent & kvm_leaf.features;

	if (!missing && !unwanted)
		return VERDICT_PASS;
	unmet->kind = missing ? UNMET_ABSENT : UNMET_ADVERTISED;
	name_feature(missing ? missing : unwanted, unmet);
	return VERDICT_SKIP;
}

/* A feature that is hidden works only if KVM has it, and only the runner can ask KVM. */
static enum verdict check_supported(u32 supported, struct unmet *unmet)
{
	u32 missing = supported & ~(u32)told.kvm_features.value;

	if (!supported || (told.kvm_features.known && !missing))
		return VERDICT_PASS;
	if (!told.kvm_features.known)
		return unmet_need(unmet, UNMET_SETTING, "kvm-features=MASK");
	unmet->kind = UNMET_HOST;
	name_feature(missing, unmet);
	return VERDICT_SKIP;
}

static enum verdict check_cpus(unsigned int cpus, struct unmet *unmet)
{
	if (smp_cpus_online() >= cpus)
		return VERDICT_PASS;
	unmet->kind = UNMET_VCPUS;
	format(unmet->what, sizeof(unmet->what), "%u", cpus);
	return VERDICT_SKIP;
}

static bool kvm_found(void)
{
	return kvm_leaf.base != 0;
}

/* Without KVM there is no hypercall to try; NEED_KVM decides then. */
static bool hypercalls_return(void)
{
	return !kvm_leaf.base || hypercall_returns();
}

/*
 * A VMM that has KVM emulate Xen (KVM_XEN_HVM_CONFIG) gets all hypercalls as Xen's, and KVM then leaves steal time to
 * Xen's runstate areas: kvm_emulate_hypercall(), record_steal_time().
 */
static bool xen_is_absent(void)
{
	struct cpuid r = cpuid(HYPERVISOR_CPUID_FIRST);

	return r.ebx != XEN_SIGNATURE_EBX || r.ecx != XEN_SIGNATURE_ECX || r.edx != XEN_SIGNATURE_EDX;
}

static bool hyperv_offered(void)
{
	return cpuid(HYPERV_INTERFACE).eax == HYPERV_INTERFACE_EAX;
}

static bool any_pv_msr(bool (*holds)(const struct pv_msr *row))
{
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++)
		if (holds(row))
			return true;
	return false;
}

static bool is_hidden(const struct pv_msr *row)
{
	return !kvm_has(row->feature);
}

static bool pv_msr_offered(void)
{
	return any_pv_msr(pv_msr_is_offered);
}

static bool pv_msr_can_be_enabled(void)
{
	return any_pv_msr(pv_msr_is_usable);
}

static bool pv_msr_hidden(void)
{
	return any_pv_msr(is_hidden);
}

static bool no_timing_leaf(void)
{
	return kvm_leaf.max < kvm_leaf.base + HYPERVISOR_CPUID_FREQ;
}

static bool timing_leaf(void)
{
	return kvm_leaf.base == HYPERVISOR_CPUID_FIRST && !no_timing_leaf();
}

static bool is_enforced(void)
{
	return told.enforce == TOLD_ON;
}

static bool is_not_enforced(void)
{
	return told.enforce != TOLD_ON;
}

static bool epoch_known(void)
{
	return told.epoch.known;
}

static bool memory_is_cold(void)
{
	return told.cold == TOLD_ON;
}

static bool cpu_is_shared(void)
{
	return told.shared_cpu == TOLD_ON;
}

static bool cpu_is_raced(void)
{
	return told.raced_cpu == TOLD_ON;
}

static bool tests_may_be_long(void)
{
	return told.long_tests == TOLD_ON;
}

static bool clock_is_not_tsc(void)
{
	return told.tsc_clock == TOLD_OFF;
}

static bool kvm_is_hidden(void)
{
	return told.hidden == TOLD_ON;
}

static bool apicv_is_off(void)
{
	return told.apicv == TOLD_OFF && told.kernel_lapic != TOLD_OFF;
}

static bool cmos_clock_is_hosts(void)
{
	return told.host_cmos_clock == TOLD_ON;
}

static bool hlt_exits(void)
{
	return told.hlt_exits != TOLD_OFF;
}

static bool refclock_found(void)
{
	return refclock_name() != NULL;
}

static bool lapic_is_in_vmm(void)
{
	return !kvm_emulates_lapic();
}

static bool high_apic_id_found(void)
{
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		if (smp_cpu(i)->apic_id > 0xff)
			return true;
	return false;
}

static bool edu_found(void)
{
	return pci_find(PCI_ID_EDU) != PCI_NONE;
}

static bool cmos_clock_found(void)
{
	u64 seconds;

	return rtc_read(&seconds);
}

/* Its mask register holds what is written, while another value is written to the other port. */
static bool mask_register_holds(u8 value)
{
	outb(value, PIC_SLAVE_MASK);
	outb(0xff, PIC_MASTER_MASK);
	return inb(PIC_SLAVE_MASK) == value;
}

/* Reads of ports without a device return all ones, or 0. */
static bool i8259_found(void)
{
	bool found = mask_register_holds(0x55) && mask_register_holds(0xaa);

	outb(0xff, PIC_SLAVE_MASK);
	return found;
}

static bool vm_is_fresh(void)
{
	return !pv_msr_used_before();
}

static bool ram_at_0(void)
{
	return boot_is_ram(0, PAGE_SIZE);
}

static bool pcid_offered(void)
{
	return cpuid(1).ecx & CPUID_1_ECX_PCID;
}

static bool tsc_adjust_offered(void)
{
	return cpuid(0).eax >= 7 && cpuid(7).ebx & CPUID_7_EBX_TSC_ADJUST;
}

static bool tsc_frequency_known(void)
{
	return cpuid_tsc_khz() != 0;
}

/* Tried once: in a nested VM an MSR access takes 0.1 ms, and this is asked before many tests. */
static bool unknown_msrs_fault(void)
{
	static bool tried, faults;
	u64 value;

	if (!tried)
		faults = rdmsr_safe(MSR_UNKNOWN, &value) != 0;
	tried = true;
	return faults;
}

static bool unknown_msrs_are_ignored(void)
{
	return !unknown_msrs_fault();
}

/*
 * The first that does not hold is reported. None of them may fault or hang, for they are asked outside of tests: what
 * only a hypercall shows is found inside.
 */
static const struct {
	u64 condition;
	bool (*holds)(void);
	enum unmet_kind kind;
	const char *what;
} conditions[] = {
	{NEED_KVM, kvm_found, UNMET_ABSENT, "kvm"},
	{NEED_ENFORCED, is_enforced, UNMET_SETTING, "enforce=on"},
	{NEED_UNENFORCED, is_not_enforced, UNMET_SETTING, "enforce=off"},
	{NEED_REFCLOCK, refclock_found, UNMET_MACHINE, "refclock"},
	{NEED_KERNEL_LAPIC, kvm_emulates_lapic, UNMET_MACHINE, "kernel-irqchip=on"},
	{NEED_EPOCH, epoch_known, UNMET_SETTING, "epoch=SECONDS"},
	{NEED_COLD_MEMORY, memory_is_cold, UNMET_SETTING, "cold=on"},
	{NEED_SHARED_CPU, cpu_is_shared, UNMET_SETTING, "shared-cpu=on"},
	{NEED_RACED_CPU, cpu_is_raced, UNMET_SETTING, "raced-cpu=on"},
	{NEED_LONG_TESTS, tests_may_be_long, UNMET_SETTING, "long-tests=on"},
	{NEED_OTHER_CLOCK, clock_is_not_tsc, UNMET_SETTING, "tsc-clock=off"},
	{NEED_HIDDEN, kvm_is_hidden, UNMET_SETTING, "hidden=on"},
	{NEED_NO_APICV, apicv_is_off, UNMET_SETTING, "apicv=off"},
	{NEED_NESTED_GUEST, nested_guest_offered, UNMET_PROCESSOR, "svm-or-vmx"},
	{NEED_CHANNEL, channel_is_told, UNMET_SETTING, "channel=virtio"},
	{NEED_CHANNEL, channel_is_there, UNMET_MACHINE, "channel-port"},
	{NEED_RESET, vm_was_reset, UNMET_SETTING, "reset=runner"},
	{NEED_NO_XEN | NEED_HYPERCALLS, xen_is_absent, UNMET_MACHINE, "no-xen"},
	{NEED_HYPERV, hyperv_offered, UNMET_PROCESSOR, "hyperv"},
	{NEED_HOST_CMOS_CLOCK, cmos_clock_is_hosts, UNMET_SETTING, "cmos-clock=host"},
	{NEED_HLT_EXITS, hlt_exits, UNMET_SETTING, "hlt-exits=on"},
	{NEED_MSR_FAULTS, unknown_msrs_fault, UNMET_HOST, "kvm.ignore_msrs=0"},
	{NEED_MSRS_IGNORED, unknown_msrs_are_ignored, UNMET_HOST, "kvm.ignore_msrs=1"},
	{NEED_PV_MSR, pv_msr_offered, UNMET_ABSENT, "any-msr"},
	{NEED_USABLE_PV_MSR, pv_msr_can_be_enabled, UNMET_ABSENT, "any-msr"},
	{NEED_HIDDEN_PV_MSR, pv_msr_hidden, UNMET_ADVERTISED, "every-msr"},
	{NEED_TIMING_LEAF, timing_leaf, UNMET_ABSENT, "timing-leaf"},
	{NEED_NO_TIMING_LEAF, no_timing_leaf, UNMET_ADVERTISED, "timing-leaf"},
	{NEED_USERSPACE_APIC, lapic_is_in_vmm, UNMET_MACHINE, "kernel-irqchip=off"},
	{NEED_APIC_ID_ABOVE_255, high_apic_id_found, UNMET_MACHINE, "apic-id-above-255"},
	{NEED_EDU, edu_found, UNMET_MACHINE, "edu"},
	{NEED_CMOS_CLOCK, cmos_clock_found, UNMET_MACHINE, "cmos-clock"},
	{NEED_I8259, i8259_found, UNMET_MACHINE, "i8259"},
	{NEED_FRESH_VM, vm_is_fresh, UNMET_MACHINE, "fresh-vm"},
	{NEED_RAM_AT_0, ram_at_0, UNMET_MACHINE, "ram-at-0"},
	{NEED_PCID, pcid_offered, UNMET_PROCESSOR, "pcid"},
	{NEED_TSC_ADJUST, tsc_adjust_offered, UNMET_PROCESSOR, "tsc-adjust"},
	{NEED_TSC_FREQUENCY, tsc_frequency_known, UNMET_PROCESSOR, "tsc-frequency"},
	/* Last: this one alone fails the test, and what would have been skipped anyway has not failed. */
	{NEED_HYPERCALLS, hypercalls_return, UNMET_HOST, "hypercalls"},
};

static enum verdict check_conditions(u64 wanted, struct unmet *unmet)
{
	for (size_t i = 0; i < ARRAY_SIZE(conditions); i++) {
		if (!(wanted & conditions[i].condition) || conditions[i].holds())
			continue;
		unmet_need(unmet, conditions[i].kind, conditions[i].what);
		return conditions[i].condition == NEED_HYPERCALLS ? VERDICT_FAIL : VERDICT_SKIP;
	}
	return VERDICT_PASS;
}

unsigned int arch_time_factor(void)
{
	u64 cpus = told.host_cpus.known ? told.host_cpus.value : smp_cpus_online();
	u64 factor = (smp_cpus_online() + cpus - 1) / cpus;

	return (unsigned int)MIN(MAX(factor, 1ull), (u64)TIME_FACTOR_MAX);
}

enum verdict arch_check_needs(const struct test_needs *needs, struct unmet *unmet)
{
	enum verdict verdict = check_features(needs, unmet);

	if (verdict == VERDICT_PASS)
		verdict = check_cpus(needs->cpus, unmet);
	if (verdict == VERDICT_PASS)
		verdict = check_supported(needs->supported, unmet);
	if (verdict == VERDICT_PASS)
		verdict = check_conditions(needs->conditions, unmet);
	return verdict;
}
