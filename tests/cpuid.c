/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Detection: KVM's leaves in CPUID.
 *
 * Contract: the leaf with the signature is at
 *           0x40000000, or a multiple of 0x100 higher when another hypervisor's interface is
 *           there; its EAX is the highest leaf of the range, or 0 for base + 1. Leaf base + 1 has
 *           features in EAX, hints in EDX, and zeros in EBX and ECX. Every vCPU, at every
 *           privilege level, always reads the same values.
 * Source:   cpuid.rst; arch/x86/kvm/cpuid.c, __do_cpuid_func(); guest: arch/x86/kernel/kvm.c,
 *           kvm_detect().
 * How:      by reading, on every vCPU, at CPL 0 and 3, before and after what might change it.
 * Needs:    KVM's leaves; for the timing leaf an option of the VMM, as its SKIP says.
 * Cannot show: whether the bits are those of the VMM's command line, which is not known here.
 */
#include "x86/cpu/cpuid.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/user.h"
#include "x86/kvm/needs.h"
#include "x86/platform/refclock.h"

#define KNOWN_FEATURES (0xffu | 0x1ffu << 9 | BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT))
#define KNOWN_HINTS    BIT(KVM_HINTS_REALTIME)

/* The signature leaf, and the one with the features. */
struct leaves {
	struct cpuid signature, features;
};

static struct leaves expected;

static struct leaves read_leaves(void)
{
	return (struct leaves){cpuid(kvm_leaf.base), cpuid(kvm_leaf.base + KVM_CPUID_FEATURES)};
}

static u64 read_leaves_to(u64 address)
{
	*(struct leaves *)address = read_leaves();
	return 0;
}

static void expect_leaf(u32 leaf, const struct cpuid *got, const struct cpuid *want)
{
	EXPECT_TRUE(!memcmp(got, want, sizeof(*got)),
		    "leaf base + %u on vCPU %u: got %08x %08x %08x %08x, want %08x %08x %08x %08x", leaf,
		    this_cpu()->index, got->eax, got->ebx, got->ecx, got->edx, want->eax, want->ebx,
		    want->ecx, want->edx);
}

static void expect_leaves(const struct leaves *got)
{
	expect_leaf(0, &got->signature, &expected.signature);
	expect_leaf(KVM_CPUID_FEATURES, &got->features, &expected.features);
}

static void expect_leaves_here(void *unused)
{
	struct leaves leaves = read_leaves();

	(void)unused;
	expect_leaves(&leaves);
}

/*
 * Linux looks for hypervisor leaves only if this bit is set, and does not find KVM without it. But no document forbids a
 * VMM to hide the bit and leave the leaves, as it may for a guest whose driver refuses to run in a VM.
 */
TEST(cpuid, leaves_come_with_the_hypervisor_bit, .needs.conditions = NEED_KVM)
{
	EXPECT_EQ(cpuid_find_kvm(cpuid).base, kvm_leaf.base);
	if (!cpuid_has_hypervisor_bit())
		test_observed("KVM's leaves are there without CPUID.1:ECX[31]");
}

/* Linux takes the first signature, and would never see what a second one offers. [C02] */
TEST(cpuid, signature_is_found_once, .needs.conditions = NEED_KVM)
{
	EXPECT_EQ(kvm_leaf.bases, 1u);
}

/* KVM leaves 0x40000000 to Hyper-V's interface when that is on. [C14] */
TEST(cpuid, kvm_follows_hyper_v, .needs.conditions = NEED_KVM | NEED_HYPERV)
{
	EXPECT_EQ(kvm_leaf.base, HYPERVISOR_CPUID_FIRST + HYPERVISOR_CPUID_STEP);
}

/* The oldest hosts return 0, which stands for base + 1. [C03] */
TEST(cpuid, highest_leaf_is_in_the_range, .needs.conditions = NEED_KVM)
{
	u32 highest = cpuid(kvm_leaf.base).eax;

	if (!highest)
		highest = kvm_leaf.base + KVM_CPUID_FEATURES;
	EXPECT_GE(highest, kvm_leaf.base + KVM_CPUID_FEATURES);
	EXPECT_LT(highest, kvm_leaf.base + HYPERVISOR_CPUID_STEP);
}

/* Linux would take set bits there for features once they get a meaning. [C04] */
TEST(cpuid, unused_registers_are_zero, .needs.conditions = NEED_KVM)
{
	struct cpuid features = cpuid(kvm_leaf.base + KVM_CPUID_FEATURES);

	EXPECT_EQ(features.ebx, 0u);
	EXPECT_EQ(features.ecx, 0u);
}

/*
 * KVM removed MMU_OP in Linux 2.6.38, and bit 8 was never assigned: a host that sets either claims what it does not
 * have. A bit that is new since Linux 7.2 is no defect, but no test here checks it. [C05 C06]
 */
TEST(cpuid, bits_are_known, .needs.conditions = NEED_KVM)
{
	u32 features = kvm_leaf.features & ~KNOWN_FEATURES & ~BIT(8);
	u32 hints = kvm_leaf.hints & ~KNOWN_HINTS;

	EXPECT_EQ(kvm_leaf.features & (BIT(KVM_FEATURE_MMU_OP) | BIT(8)), 0u);
	if (features || hints)
		test_skip(UNMET_UNKNOWN, "features=%#x,hints=%#x", features, hints);
}

/* The bit is about a flag of kvmclock, and means nothing without that clock. VMMs offer each by itself. */
TEST(cpuid, stable_bit_comes_with_a_clock,
     .needs = {.features = BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT), .conditions = NEED_KVM})
{
	EXPECT_EQ(cpuid(kvm_leaf.base + KVM_CPUID_FEATURES).eax, kvm_leaf.features);
	if (!kvm_has(KVM_FEATURE_CLOCKSOURCE) && !kvm_has(KVM_FEATURE_CLOCKSOURCE2))
		test_observed("bit 24 is advertised without a clock");
}

/*
 * Linux enables asynchronous page faults only if it finds bit 4, by writing an MSR that bit 4 advertises. VMMs offer
 * each bit by itself.
 */
TEST(cpuid, async_pf_int_comes_with_async_pf,
     .needs = {.features = BIT(KVM_FEATURE_ASYNC_PF_INT), .conditions = NEED_KVM})
{
	EXPECT_EQ(cpuid(kvm_leaf.base + KVM_CPUID_FEATURES).eax, kvm_leaf.features);
	if (!kvm_has(KVM_FEATURE_ASYNC_PF))
		test_observed("bit 14 is advertised without bit 4");
}

/*
 * A guest reads the leaves on one vCPU and applies them to all, but a VMM sets them for each vCPU (KVM_SET_CPUID2).
 * [C13]
 */
TEST(cpuid, leaves_are_the_same_on_every_vcpu, .needs = {.cpus = 2, .conditions = NEED_KVM})
{
	expected = read_leaves();
	smp_call_all(expect_leaves_here, NULL);
}

/* CPUID is not a privileged instruction, so a program reads the same leaves as its kernel. [C19] */
TEST(cpuid, leaves_are_the_same_at_cpl_3, .needs.conditions = NEED_KVM)
{
	struct leaves leaves;

	expected = read_leaves();
	user_call(read_leaves_to, (u64)&leaves);
	expect_leaves(&leaves);
}

/* KVM changes CPUID by itself on some writes of MSRs; none of these is among them. [C20] */
TEST(cpuid, leaves_survive_writes_of_pv_msrs, .needs.conditions = NEED_KVM)
{
	expected = read_leaves();
	for (unsigned int i = 0; i < pv_msr_count; i++) {
		wrmsr_safe(pv_msrs[i].msr, 0);
		expect_leaves_here(NULL);
		wrmsr_safe(pv_msrs[i].msr, pv_msrs[i].reset);
	}
	expect_leaves_here(NULL);
}

/* INIT resets the vCPU's registers and MSRs. Its CPUID stays, since guests do not read it again. [C20] */
TEST(cpuid, leaves_survive_init, .needs = {.cpus = 2, .conditions = NEED_KVM})
{
	expected = read_leaves();
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	smp_call(1, expect_leaves_here, NULL);
}

/*
 * Without the timing leaf these two are all: beyond them, a guest with Intel's vendor string reads another leaf's data.
 * A leaf that is newer than Linux 7.2 and QEMU 11 needs a test here. [C16]
 */
TEST(cpuid, features_leaf_is_the_last, .needs.conditions = NEED_KVM | NEED_NO_TIMING_LEAF)
{
	EXPECT_EQ(kvm_leaf.max, kvm_leaf.base + KVM_CPUID_FEATURES);
}

/* The interval is at least so long, and longer where a reading of the reference clock takes long. */
#define INTERVAL_MIN_NS (50 * NS_PER_MS)
#define INTERVAL_MAX_NS (500 * NS_PER_MS)
#define PARTS_BRACKETS	2500
/* The PIT's counter wraps around in 55 ms, so it is read in between. */
#define STEP_NS	      (10 * NS_PER_MS)
#define MEASURE_TRIES 5

struct frequency {
	u64 khz, error_khz;
};

/* False: the vCPU was off its CPU for so long that the reference clock's counter may have wrapped around. */
static bool measure_tsc(struct frequency *tsc)
{
	struct refclock_sample from, to, now;
	u64 ns, wanted;

	refclock_read(&from);
	ns = MIN(MAX(timer_tsc_to_ns(2 * from.tsc_slack) * PARTS_BRACKETS, INTERVAL_MIN_NS), INTERVAL_MAX_NS);
	wanted = from.tsc_slack * 2;
	do {
		timer_spin(STEP_NS);
		refclock_read(&now);
	} while (refclock_ns(&from, &now) < ns);
	refclock_read_closely(&to, wanted);
	ns = refclock_ns(&from, &to);
	tsc->khz = (to.tsc - from.tsc) * 1000000 / ns;
	tsc->error_khz =
		(from.tsc_slack + to.tsc_slack) * 1000000 / ns + tsc->khz * 2 * refclock_tick_ns() / ns;
	return refclock_kept_count(&from, &to);
}

/*
 * VMware's leaf, from which Linux reads the frequency of the TSC; QEMU offers it if no other interface has its place.
 * The bounds are 0.1 % for the host, whose TSC frequency may come from a calibration, and whose clock NTP steers; and the
 * largest error of the measurement. KVM's APIC timer runs at 1 GHz unless the VMM changes that, so only 0 is certainly
 * wrong for its frequency. [C15]
 */
TEST(cpuid, timing_leaf_tells_the_tsc_frequency,
     .needs.conditions = NEED_KVM | NEED_REFCLOCK | NEED_TIMING_LEAF)
{
	struct cpuid timing = cpuid(kvm_leaf.base + HYPERVISOR_CPUID_FREQ);
	struct frequency tsc;
	u64 error;
	int tries = 1;

	while (!measure_tsc(&tsc)) {
		if (tries++ == MEASURE_TRIES)
			test_skip(UNMET_LUCK, "refclock-in-time");
		test_retry("%s may have wrapped around", refclock_name());
	}
	error = tsc.khz / 1000 + tsc.error_khz + 2;
	EXPECT_GE(timing.eax, tsc.khz - error);
	EXPECT_LE(timing.eax, tsc.khz + error);
	EXPECT_NE(timing.ebx, 0u);
	EXPECT_EQ(timing.ecx, 0u);
	EXPECT_EQ(timing.edx, 0u);
}

SUITE(cpuid, .contract = "cpuid.rst");
