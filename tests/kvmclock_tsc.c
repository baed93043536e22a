/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system time of a guest that sets its TSC.
 *
 * Contract: when a guest moves its TSC through IA32_TSC_ADJUST, the system time continues without a
 *           step: the host has moved tsc_timestamp by the same amount before the next instruction.
 *           Other vCPUs are not affected, and PVCLOCK_TSC_STABLE_BIT stays, although the vCPUs' TSCs
 *           differ. After a write of IA32_TSC itself, the next update corrects the structure.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW; arch/x86/kvm/x86.c, kvm_set_msr_common(),
 *           MSR_IA32_TSC_ADJUST and MSR_IA32_TSC; "Update vCPU's hv_clock before back to guest when
 *           tsc_offset is adjusted" (5.10.70).
 * How:      10 s forward and back; or back to below 0, which is the far end of the 64 bits. The time
 *           that passed meanwhile is known to the cycle: it is the difference of two TSC readings
 *           without the step. So it does not matter how long the host takes.
 * Needs:    kvmclock, a second vCPU, whose timer is not in use, and IA32_TSC_ADJUST in CPUID.
 * Cannot show: anything where the host does not apply TSC offsets, which the processor does, or where
 *           its own TSC is unstable, so that it moves those of its guests.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/told.h"

#define STEP_NS 10000000000ull
/*
 * Under the master clock the host moves tsc_timestamp by as much as the TSC and changes nothing else, so that only rounding
 * remains. Without it an update reads the host's time again, after the TSC: what is between the two readings is between
 * the guest's, too. A missed update shows as 10 s.
 */
#define ROUNDING_NS	    1000
#define ROUNDING_UPDATED_NS (NS_PER_MS / 10)
/* Where that took long, since the vCPU was off its CPU, the test tries again: a large step would be within the bound. */
#define TOOK_LONG_NS NS_PER_MS
#define TRIES	     10

static struct pvclock_vcpu_time_info area;

struct moment {
	struct pvclock_vcpu_time_info info;
	u64 tsc;
	u64 adjust; /* IA32_TSC_ADJUST */
};

/* start is before the registration; back is all zeros where the TSC does not go back. */
static struct {
	struct moment start, before, after, back;
} vcpu_1;

/*
 * The structure first, since it must be right at the next instruction. An odd version is accepted: the test must end.
 */
static void take(struct moment *m)
{
	do {
		m->info = area;
	} while (m->info.version != READ_ONCE(area.version));
	m->adjust = rdmsr(MSR_IA32_TSC_ADJUST);
	m->tsc = rdtsc();
}

static void adjust_forth_and_back(void *argument)
{
	(void)argument;
	take(&vcpu_1.start);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	take(&vcpu_1.before);
	wrmsr(MSR_IA32_TSC_ADJUST, vcpu_1.before.adjust + timer_ns_to_tsc(STEP_NS));
	take(&vcpu_1.after);
	wrmsr(MSR_IA32_TSC_ADJUST, vcpu_1.before.adjust);
	take(&vcpu_1.back);
}

/* To 10 s before the end: the vCPU is not off its CPU for so long before the TSC is back. */
static void go_to_the_far_end_and_back(void *argument)
{
	u64 now;

	(void)argument;
	take(&vcpu_1.start);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	take(&vcpu_1.before);
	now = rdtsc();
	wrmsr(MSR_IA32_TSC_ADJUST, vcpu_1.before.adjust - now - timer_ns_to_tsc(STEP_NS));
	take(&vcpu_1.after);
	wrmsr(MSR_IA32_TSC_ADJUST, vcpu_1.before.adjust);
	take(&vcpu_1.back);
}

static void set_and_register_again(void *argument)
{
	(void)argument;
	take(&vcpu_1.start);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	take(&vcpu_1.before);
	wrmsr(MSR_IA32_TSC, rdtsc() + timer_ns_to_tsc(STEP_NS));
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	take(&vcpu_1.after);
	wrmsr(MSR_IA32_TSC_ADJUST, vcpu_1.before.adjust);
}

/* On another vCPU, with interrupts off: its timer must not use a TSC that has been moved. */
static void with_interrupts_off(void *work)
{
	bool enabled = irq_save();

	((void (*)(void *))work)(NULL);
	irq_restore(enabled);
}

/* The TSC's cycles without its steps. */
static u64 cycles(const struct moment *from, const struct moment *to)
{
	return to->tsc - to->adjust - (from->tsc - from->adjust);
}

static bool is_same_point(const struct moment *a, const struct moment *b)
{
	return a->info.flags & b->info.flags & PVCLOCK_TSC_STABLE_BIT &&
	       a->info.system_time == b->info.system_time;
}

/* By how much the time may step between two moments, which follow one another; earlier is the one before both. */
static s64 step_max_ns(const struct moment *earlier, const struct moment *from, const struct moment *to)
{
	if (is_same_point(from, to))
		return ROUNDING_NS;
	return (s64)(timer_tsc_to_ns(cycles(earlier, to)) + ROUNDING_UPDATED_NS);
}

/* Under the master clock the host took another reference point, or without it the updates took long. */
static bool is_decisive(const struct moment *earlier, const struct moment *from, const struct moment *to)
{
	if (is_same_point(from, to))
		return true;
	return !(from->info.flags & to->info.flags & PVCLOCK_TSC_STABLE_BIT) &&
	       step_max_ns(earlier, from, to) <= (s64)TOOK_LONG_NS;
}

static bool run_is_decisive(void)
{
	return is_decisive(&vcpu_1.start, &vcpu_1.before, &vcpu_1.after) &&
	       (!vcpu_1.back.tsc || is_decisive(&vcpu_1.before, &vcpu_1.after, &vcpu_1.back));
}

static void run_once(void (*work)(void *argument))
{
	/* Turns the master clock on, if another test has turned it off. */
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
	vcpu_1 = (__typeof__(vcpu_1)){0};
	ASSERT_TRUE(smp_call(1, with_interrupts_off, work), "got vCPU 1's work not ended, want it ended");
	if (vcpu_1.after.tsc - vcpu_1.before.tsc < timer_ns_to_tsc(STEP_NS))
		test_skip(UNMET_HOST, "tsc-offset");
}

static void run(void (*work)(void *argument))
{
	/* There KVM moves a vCPU's TSC by itself, so that it does not tell how much time has passed. */
	if (told.tsc_stable == TOLD_OFF)
		test_skip(UNMET_HOST, "tsc=stable");
	run_once(work);
	for (int i = 1; i < TRIES && !run_is_decisive(); i++) {
		test_retry("the host took %lu ns, or another reference point",
			   timer_tsc_to_ns(cycles(&vcpu_1.start, &vcpu_1.after)));
		run_once(work);
	}
	ASSERT_TRUE(
		vcpu_1.before.info.flags & PVCLOCK_TSC_STABLE_BIT || told.tsc_clock != TOLD_ON,
		"vCPU 1's flags: got %#x, want PVCLOCK_TSC_STABLE_BIT, since the host's clocksource is the TSC",
		vcpu_1.before.info.flags);
}

/* By how much the system time advanced more, or less, than the TSC without its step. */
static s64 step_ns(const struct moment *from, const struct moment *to)
{
	u64 elapsed = pvclock_scale(cycles(from, to), from->info.tsc_to_system_mul, from->info.tsc_shift);

	return (s64)(pvclock_at(&to->info, to->tsc) - pvclock_at(&from->info, from->tsc) - elapsed);
}

static void expect_continuity(const struct moment *earlier, const struct moment *from,
			      const struct moment *to)
{
	s64 most = step_max_ns(earlier, from, to);

	EXPECT_GE(step_ns(from, to), -most);
	EXPECT_LE(step_ns(from, to), most);
}

/* KVM does not count the guest's own writes as a loss of the TSCs' synchronization. [K33] */
TEST(kvmclock_tsc, stable_flag_outlives_a_write_of_tsc_adjust, .needs.cpus = 2)
{
	run(adjust_forth_and_back);
	if (!(vcpu_1.before.info.flags & PVCLOCK_TSC_STABLE_BIT))
		test_skip(UNMET_HOST, "clocksource=tsc");
	EXPECT_EQ(vcpu_1.after.info.flags, vcpu_1.before.info.flags);
	EXPECT_EQ(vcpu_1.back.info.flags, vcpu_1.before.info.flags);
}

/*
 * The write moves the TSC at once, so KVM has to move tsc_timestamp before the next instruction. Before Linux 5.10.70
 * it did not, and time jumped. [K33]
 */
TEST(kvmclock_tsc, time_goes_on_over_a_write_of_tsc_adjust, .needs.cpus = 2)
{
	run(adjust_forth_and_back);
	expect_continuity(&vcpu_1.start, &vcpu_1.before, &vcpu_1.after);
	expect_continuity(&vcpu_1.before, &vcpu_1.after, &vcpu_1.back);
	EXPECT_NE(vcpu_1.after.info.version, vcpu_1.before.info.version);
	EXPECT_GT(vcpu_1.after.info.tsc_timestamp,
		  vcpu_1.before.info.tsc_timestamp + timer_ns_to_tsc(STEP_NS) / 2);
}

/* At the end of the TSC's range, tsc_timestamp uses all of its 64 bits. [K33] */
TEST(kvmclock_tsc, time_goes_on_at_the_far_end_of_the_tsc, .needs.cpus = 2)
{
	run(go_to_the_far_end_and_back);
	EXPECT_GT(vcpu_1.after.tsc, UINT64_MAX - timer_ns_to_tsc(2 * STEP_NS));
	EXPECT_GT(vcpu_1.after.info.tsc_timestamp, UINT64_MAX / 2);
	expect_continuity(&vcpu_1.start, &vcpu_1.before, &vcpu_1.after);
	expect_continuity(&vcpu_1.before, &vcpu_1.after, &vcpu_1.back);
}

/* No kernel updates the area for a write of IA32_TSC, so the test requests an update. [K34] */
TEST(kvmclock_tsc, time_goes_on_from_the_first_update_after_a_write_of_tsc, .needs.cpus = 2)
{
	run(set_and_register_again);
	expect_continuity(&vcpu_1.start, &vcpu_1.before, &vcpu_1.after);
}

SUITE(kvmclock_tsc, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW",
      .needs = {.features = BIT(KVM_FEATURE_CLOCKSOURCE2), .conditions = NEED_TSC_ADJUST});
