/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features that are not advertised, with and without enforcement.
 *
 * Contract: without enforcement, KVM's default, they work: CPUID is advice. A VMM may have KVM
 *           enforce CPUID (KVM_CAP_ENFORCE_PV_FEATURE_CPUID). Then each MSR of a feature
 *           that is not advertised raises #GP, read or written, and its hypercall gives
 *           -KVM_ENOSYS; features that are advertised, or have no bit, work.
 * Source:   Documentation/virt/kvm/api.rst, KVM_CAP_ENFORCE_PV_FEATURE_CPUID;
 *           arch/x86/kvm/cpuid.h, guest_pv_has(), and its callers.
 * How:      two tests for each MSR and hypercall, of which one runs if the feature is hidden; on
 *           every vCPU. The features' own tests show that what is advertised works under
 *           enforcement, too.
 * Needs:    -cpu ...,kvm-pv-enforce-cpuid=on (QEMU 5.2 has no such property) or off, and
 *           enforce=on or off for the kernel; features switched off. That a hidden feature works is
 *           expected only of a KVM that has it: kvm-features=, for the kernel.
 * Cannot show: whether KVM is to enforce: the argument enforce= says so.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/vectors.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/needs.h"

/* No processor has addresses above 52 bits, so there is no memory at this one. */
#define NOWHERE 0xfff0000000000000ull

/* For steal time, which took no address outside of RAM before Linux 5.6, not even with bit 0 clear. */
static u8 in_ram[PAGE_SIZE] ALIGNED(PAGE_SIZE);

static void expect_fault(void *msr)
{
	u64 value;

	EXPECT_FAULT(GP_VECTOR, rdmsr_safe((u32)(u64)msr, &value));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe((u32)(u64)msr, 0));
}

struct access {
	u32 msr;
	u64 value;
};

static void expect_access(void *argument)
{
	const struct access *access = argument;
	u64 value;

	EXPECT_NO_FAULT(wrmsr_safe(access->msr, access->value));
	EXPECT_NO_FAULT(rdmsr_safe(access->msr, &value));
	EXPECT_EQ(value, access->value);
}

/* For each MSR a test with enforcement, and one without. value_ enables nothing, and RDMSR returns it. */
#define MSR_TESTS(name, msr_, feature, value_, needs_)                                                   \
	/* KVM checks the bit of the feature before each read and write, on every vCPU. [F01 F03 F08] */ \
	TEST(enforcement, name##_faults_when_hidden,                                                     \
	     .needs = {.absent = BIT(feature), .conditions = NEED_ENFORCED | NEED_MSR_FAULTS})           \
	{                                                                                                \
		smp_call_all(expect_fault, (void *)(u64)(msr_));                                         \
	}                                                                                                \
	/* Without enforcement KVM does not look at the bit: CPUID is advice. [F05] */                   \
	TEST(enforcement, name##_works_when_hidden_unenforced,                                           \
	     .needs = {.absent = BIT(feature),                                                           \
		       .supported = BIT(feature),                                                        \
		       .conditions = NEED_UNENFORCED | (needs_)})                                        \
	{                                                                                                \
		smp_call_all(expect_access, &(struct access){.msr = (msr_), .value = (value_)});         \
	}

/* A VMM may offer the new numbers alone. [F04] */
MSR_TESTS(wall_clock, MSR_KVM_WALL_CLOCK, KVM_FEATURE_CLOCKSOURCE, NOWHERE, 0)
/* The legacy number has its own bit, as the wall clock has. [F04] */
MSR_TESTS(system_time, MSR_KVM_SYSTEM_TIME, KVM_FEATURE_CLOCKSOURCE, NOWHERE, 0)
MSR_TESTS(wall_clock_new, MSR_KVM_WALL_CLOCK_NEW, KVM_FEATURE_CLOCKSOURCE2, NOWHERE, 0)
MSR_TESTS(system_time_new, MSR_KVM_SYSTEM_TIME_NEW, KVM_FEATURE_CLOCKSOURCE2, NOWHERE, 0)
MSR_TESTS(async_pf_en, MSR_KVM_ASYNC_PF_EN, KVM_FEATURE_ASYNC_PF, NOWHERE, NEED_KERNEL_LAPIC)
MSR_TESTS(async_pf_int, MSR_KVM_ASYNC_PF_INT, KVM_FEATURE_ASYNC_PF_INT, FIRST_TEST_VECTOR, NEED_KERNEL_LAPIC)
MSR_TESTS(async_pf_ack, MSR_KVM_ASYNC_PF_ACK, KVM_FEATURE_ASYNC_PF_INT, 0, 0)
MSR_TESTS(steal_time, MSR_KVM_STEAL_TIME, KVM_FEATURE_STEAL_TIME, (u64)in_ram, 0)
MSR_TESTS(pv_eoi, MSR_KVM_PV_EOI_EN, KVM_FEATURE_PV_EOI, NOWHERE, 0)
MSR_TESTS(poll_control, MSR_KVM_POLL_CONTROL, KVM_FEATURE_POLL_CONTROL, 0, 0)

static void expect_nothing_behind_hidden_msrs(void *argument)
{
	(void)argument;
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		u64 before, after;

		if (kvm_has(row->feature))
			continue;
		rdmsr_safe(row->msr, &before);
		wrmsr_safe(row->msr, row->reserved >> 63 ? FIRST_TEST_VECTOR & ~row->reserved : NOWHERE);
		rdmsr_safe(row->msr, &after);
		EXPECT_TRUE(!before && !after, "%s: got %#lx, and %#lx after a write, want 0", row->name,
			    (unsigned long)before, (unsigned long)after);
	}
}

static const char *access_to_hidden_msrs(void)
{
	unsigned int hidden = 0, faults = 0;
	u64 value;

	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		if (kvm_has(row->feature))
			continue;
		hidden++;
		faults += rdmsr_safe(row->msr, &value) != 0;
	}
	return !faults ? "read 0" : faults == hidden ? "fault" : "read 0 or fault";
}

/*
 * A host that ignores accesses to unknown MSRs (kvm.ignore_msrs=1) treats hidden ones like that: they read 0, and
 * writes are lost. On Linux 5.10 they fault there, too. Either is right, but no write may take effect. [F06]
 */
TEST(enforcement, nothing_is_behind_hidden_msrs, .needs.conditions = NEED_ENFORCED | NEED_HIDDEN_PV_MSR)
{
	smp_call_all(expect_nothing_behind_hidden_msrs, NULL);
	test_observed("hidden MSRs %s", access_to_hidden_msrs());
}

/*
 * Bits of MSR_KVM_ASYNC_PF_EN that have feature bits of their own, and no effect without KVM_ASYNC_PF_ENABLED. That
 * they fault under enforcement is in tests/async_pf_msr.c. [F05]
 */
TEST(enforcement, async_pf_by_interrupt_works_when_hidden_unenforced,
     .needs = {.features = BIT(KVM_FEATURE_ASYNC_PF),
	       .absent = BIT(KVM_FEATURE_ASYNC_PF_INT),
	       .supported = BIT(KVM_FEATURE_ASYNC_PF_INT),
	       .conditions = NEED_UNENFORCED | NEED_KERNEL_LAPIC})
{
	expect_access(&(struct access){MSR_KVM_ASYNC_PF_EN, NOWHERE | KVM_ASYNC_PF_DELIVERY_AS_INT});
}

/* Without enforcement KVM accepts bit 2 although its feature is hidden. [F05] */
TEST(enforcement, async_pf_as_vmexit_works_when_hidden_unenforced,
     .needs = {.features = BIT(KVM_FEATURE_ASYNC_PF),
	       .absent = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT),
	       .supported = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT),
	       .conditions = NEED_UNENFORCED | NEED_KERNEL_LAPIC})
{
	expect_access(&(struct access){MSR_KVM_ASYNC_PF_EN, NOWHERE | KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT});
}

static s64 kick_absent_vcpu(void)
{
	return hypercall(KVM_HC_KICK_CPU, 0, APIC_ID_ABSENT, 0, 0);
}

static s64 send_to_no_vcpu(void)
{
	return hypercall(KVM_HC_SEND_IPI, 0, 0, 0, FIRST_TEST_VECTOR);
}

static s64 yield_to_absent_vcpu(void)
{
	return hypercall(KVM_HC_SCHED_YIELD, APIC_ID_ABSENT, 0, 0, 0);
}

struct call {
	s64 (*function)(void);
	s64 result;
};

static void expect_result(void *argument)
{
	const struct call *call = argument;

	EXPECT_EQ(call->function(), call->result);
}

#define HIDDEN_HYPERCALL_TEST(name, feature, made)                                             \
	/* Enforcement makes the number unknown, on every vCPU. [F02 F08] */                   \
	TEST(enforcement, name##_is_unknown_when_hidden,                                       \
	     .needs = {.absent = BIT(feature), .conditions = NEED_ENFORCED | NEED_HYPERCALLS}) \
	{                                                                                      \
		smp_call_all(expect_result, &(struct call){made, -KVM_ENOSYS});                \
	}

#define UNENFORCED_HYPERCALL_TEST(name, feature, made)                                       \
	/* Without enforcement KVM does not look at the bit: CPUID is advice. [F05] */       \
	TEST(enforcement, name##_works_when_hidden_unenforced,                               \
	     .needs = {.absent = BIT(feature),                                               \
		       .supported = BIT(feature),                                            \
		       .conditions = NEED_UNENFORCED | NEED_HYPERCALLS | NEED_KERNEL_LAPIC}) \
	{                                                                                    \
		smp_call_all(expect_result, &(struct call){made, 0});                        \
	}

HIDDEN_HYPERCALL_TEST(kick_cpu, KVM_FEATURE_PV_UNHALT, kick_absent_vcpu)
/* PV IPIs have a bit of their own, which hides this number alone. [I17] */
HIDDEN_HYPERCALL_TEST(send_ipi, KVM_FEATURE_PV_SEND_IPI, send_to_no_vcpu)
/* So have yields. [Y03] */
HIDDEN_HYPERCALL_TEST(sched_yield, KVM_FEATURE_PV_SCHED_YIELD, yield_to_absent_vcpu)

/* A vCPU may be off its CPU for 100 ms, several times in a row. */
#define HALT_MS 3000
/* Long enough to halt, and for a wrong wake-up to show, unless the vCPU is off its CPU just then. */
#define SLEEP_NS   (2 * NS_PER_MS)
#define HALT_TRIES 5

static bool halts, woke;

/* Its timer is stopped, so that only a kick could end this HLT. */
static void halt_with_interrupts_off(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(halts, true);
	cpu_halt();
	WRITE_ONCE(woke, true);
}

/* A host may also end a HLT for a reason of its own, so one HLT that lasts out of a few is enough. [U08] */
TEST(enforcement, a_kick_that_is_refused_wakes_nobody,
     .needs = {.absent = BIT(KVM_FEATURE_PV_UNHALT),
	       .cpus = 2,
	       .conditions = NEED_ENFORCED | NEED_HYPERCALLS | NEED_HLT_EXITS})
{
	bool slept = false;

	for (int i = 0; i < HALT_TRIES && !slept; i++) {
		halts = woke = false;
		smp_post(1, halt_with_interrupts_off, NULL);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(halts), HALT_MS),
			    "got no start of vCPU 1's work within %u ms, want one", HALT_MS);
		timer_spin(SLEEP_NS);
		EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(1)->apic_id, 0, 0), -KVM_ENOSYS);
		timer_spin(SLEEP_NS);
		slept = !READ_ONCE(woke);
		ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	}
	EXPECT_TRUE(slept, "got an end of vCPU 1's HLT by the refused kick in each of %d tries, want none",
		    HALT_TRIES);
}

/* KVM itself hides the bit where vCPUs halt without an exit. The hypercall stays. [U09] */
UNENFORCED_HYPERCALL_TEST(kick_cpu, KVM_FEATURE_PV_UNHALT, kick_absent_vcpu)
UNENFORCED_HYPERCALL_TEST(send_ipi, KVM_FEATURE_PV_SEND_IPI, send_to_no_vcpu)
UNENFORCED_HYPERCALL_TEST(sched_yield, KVM_FEATURE_PV_SCHED_YIELD, yield_to_absent_vcpu)

/* Clock pairing has one type of clock, and KVM refuses any other before it looks at anything else. [F02 L06] */
TEST(enforcement, hypercalls_without_a_feature_bit_work, .needs.conditions = NEED_ENFORCED | NEED_HYPERCALLS)
{
	EXPECT_EQ(hypercall(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0), 0);
	EXPECT_EQ(hypercall(KVM_HC_CLOCK_PAIRING, 0, ~0ull, 0, 0), -KVM_EOPNOTSUPP);
}

SUITE(enforcement, .contract = "api.rst, KVM_CAP_ENFORCE_PV_FEATURE_CPUID", .needs.conditions = NEED_KVM);
