/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's time of day at an exact TSC value: the hypercall KVM_HC_CLOCK_PAIRING.
 *
 * Contract: with type 0 the host stores its CLOCK_REALTIME and the guest's TSC at that very moment,
 *           flags and padding 0, in 64 bytes at any address in RAM, and returns 0. -KVM_EOPNOTSUPP
 *           if its clocksource is not the TSC, and for any other type; -KVM_EFAULT for an address
 *           that it cannot write.
 * Source:   hypercalls.rst, KVM_HC_CLOCK_PAIRING; arch/x86/kvm/x86.c, kvm_pv_clock_pairing(). No
 *           bit in CPUID advertises it, and none can hide it.
 * How:      the pair's TSC has to lie between two readings of it, so that the checks are exact to
 *           the cycle, however slow the host is.
 * Needs:    KVM, hypercalls; a host whose clocksource is the TSC.
 * Cannot show: the -KVM_EOPNOTSUPP of a VM whose TSC the host always catches up (it succeeds in
 *           5.10).
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/told.h"

#define OFFSET_NS  10000000000ull
#define BESIDE	   16
#define NS_PER_SEC 1000000000ll

/*
 * Since 6.8 the host computes the wall clock from one reading of the TSC. Before, it reads two clocks one after the other,
 * within the WRMSR, and its thread may lose its CPU in between: so a single result is within the time that the WRMSR took,
 * and the median of several is within microseconds.
 */
#define AGREES_WITHIN_NS 100000
#define ROUNDING_NS	 20000
#define SAMPLES		 9u
#define BUDGET_MS	 20000

static u8 pages[2 * PAGE_SIZE] ALIGNED(PAGE_SIZE);
static struct kvm_clock_pairing pairing;
static struct {
	u64 before, after; /* the TSC, at the call */
	s64 result;
} moved;
static struct pvclock_wall_clock wall;

static s64 pair_at(const void *address)
{
	return hypercall(KVM_HC_CLOCK_PAIRING, (u64)address, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0);
}

/* Where the runner says that the host's clocksource is the TSC, pairing has to work. */
static void require_pairing(void)
{
	s64 result = pair_at(&pairing);

	if (result != -KVM_EOPNOTSUPP)
		return;
	if (told.tsc_clock != TOLD_ON)
		test_skip(UNMET_HOST, "clocksource=tsc");
	ASSERT_EQ(result, 0);
}

/*
 * No bit in CPUID advertises the hypercall, so a guest calls it and looks at the result: 0 where the host's clocksource
 * is the TSC, -KVM_EOPNOTSUPP elsewhere. [L01]
 */
TEST(clock_pairing, succeeds_or_is_not_supported)
{
	s64 result = pair_at(&pairing);

	EXPECT_TRUE(result == 0 || result == -KVM_EOPNOTSUPP, "got %ld, want 0 or %d", (long)result,
		    -KVM_EOPNOTSUPP);
	if (told.tsc_clock == TOLD_ON)
		EXPECT_EQ(result, 0);
}

static void expect_tsc_of_the_call(void *argument)
{
	(void)argument;
	for (int i = 0; i < 10; i++) {
		u64 before = rdtsc(), after;

		ASSERT_EQ(pair_at(&pairing), 0);
		after = rdtsc();
		EXPECT_GE(pairing.tsc, before);
		EXPECT_LE(pairing.tsc, after);
	}
}

/*
 * The TSC value in the pair is from the time of the call. KVM converts the host's TSC by the vCPU's scale and offset;
 * with a wrong one the value is outside of the call. [L02]
 */
TEST(clock_pairing, tsc_is_of_the_time_of_the_call, .budget_ms = BUDGET_MS)
{
	require_pairing();
	smp_call_all(expect_tsc_of_the_call, NULL);
}

/* With interrupts off: the vCPU's timer must not use a TSC that has been moved. */
static void pair_with_another_offset(void *argument)
{
	bool enabled = irq_save();
	u64 adjust = rdmsr(MSR_IA32_TSC_ADJUST);

	wrmsr(MSR_IA32_TSC_ADJUST, adjust + timer_ns_to_tsc(OFFSET_NS));
	moved.before = rdtsc();
	moved.result = pair_at(&pairing);
	moved.after = rdtsc();
	wrmsr(MSR_IA32_TSC_ADJUST, adjust);
	irq_restore(enabled);
	(void)argument;
}

/* Each vCPU has an offset of its own, and the pair's TSC is that of the vCPU that calls. [L07] */
TEST(clock_pairing, tsc_is_that_of_the_calling_vcpu, .needs.cpus = 2, .needs.conditions = NEED_TSC_ADJUST)
{
	require_pairing();
	smp_call(1, pair_with_another_offset, NULL);
	ASSERT_EQ(moved.result, 0);
	EXPECT_GE(pairing.tsc, moved.before);
	EXPECT_LE(pairing.tsc, moved.after);
}

/*
 * KVM copies a structure from its stack into the guest: it has to set flags and padding to 0, or the guest would read
 * the host's memory. [L02]
 */
TEST(clock_pairing, structure_is_filled_in_completely)
{
	require_pairing();
	memset(&pairing, 0xff, sizeof(pairing));
	ASSERT_EQ(pair_at(&pairing), 0);
	EXPECT_GT(pairing.sec, 0);
	EXPECT_GE(pairing.nsec, 0);
	EXPECT_LT(pairing.nsec, NS_PER_SEC);
	EXPECT_EQ(pairing.flags, 0u);
	EXPECT_BYTES(pairing.pad, 0, sizeof(pairing.pad));
}

struct sample {
	s64 ahead_ns; /* by how much the pair's time is ahead of wall clock plus system time at the same TSC value */
	u64 took_ns; /* by the WRMSR that made the wall clock */
};

static struct sample sample(void)
{
	struct pvclock_vcpu_time_info info;
	u64 start = rdtsc();
	struct sample s;

	wrmsr(MSR_KVM_WALL_CLOCK_NEW, (u64)&wall);
	s.took_ns = timer_tsc_to_ns(rdtsc() - start);
	ASSERT_EQ(pair_at(&pairing), 0);
	info = pvclock_snapshot(pvclock_own_area());
	s.ahead_ns = (pairing.sec - wall.sec) * NS_PER_SEC + pairing.nsec - wall.nsec -
		     (s64)pvclock_at(&info, pairing.tsc);
	return s;
}

/* Into a sorted list. */
static void insert(struct sample *samples, unsigned int count, struct sample new)
{
	for (; count && samples[count - 1].ahead_ns > new.ahead_ns; count--)
		samples[count] = samples[count - 1];
	samples[count] = new;
}

static void expect_agreement(void *argument)
{
	struct sample samples[SAMPLES];
	u64 shortest_ns = UINT64_MAX;
	s64 median, most;

	(void)argument;
	for (unsigned int i = 0; i < SAMPLES; i++) {
		struct sample new = sample();

		most = (s64) new.took_ns + ROUNDING_NS;
		EXPECT_TRUE(ABS(new.ahead_ns) <= most, "got a pair %ld ns ahead, want at most +- %ld ns",
			    (long)new.ahead_ns, (long)most);
		shortest_ns = MIN(shortest_ns, new.took_ns);
		insert(samples, i, new);
	}
	median = samples[SAMPLES / 2].ahead_ns;
	most = AGREES_WITHIN_NS + (s64)shortest_ns / 10;
	EXPECT_TRUE(ABS(median) <= most, "got pairs %ld ns ahead in the median, want at most +- %ld ns",
		    (long)median, (long)most);
}

/*
 * The pair, and wall clock plus system time, are the same host time, on every vCPU. KVM computes them in different
 * functions, which have to start from the same clocks. [L03]
 */
TEST(clock_pairing, time_agrees_with_the_wall_clock, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2),
     .budget_ms = BUDGET_MS)
{
	require_pairing();
	pvclock_require_stable(smp_cpus_online());
	smp_call_all(expect_agreement, NULL);
}

/* KVM checks the type before the clocksource, and writes nothing. [L04] */
TEST(clock_pairing, other_types_are_not_supported)
{
	const u64 types[] = {1, 2, UINT64_MAX};

	memset(&pairing, FILLER, sizeof(pairing));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		EXPECT_EQ(hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, types[i], 0, 0), -KVM_EOPNOTSUPP);
	EXPECT_BYTES(&pairing, FILLER, sizeof(pairing));
}

/*
 * KVM writes through kvm_write_guest(). When that fails the result must be -KVM_EFAULT: a guest that sees 0 takes stale
 * memory for the time. [L05]
 */
TEST(clock_pairing, addresses_outside_of_ram_are_refused)
{
	const u64 addresses[] = {UINT64_MAX, ~0xfffull, BIT_ULL(63), BIT_ULL(51)};

	require_pairing();
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		EXPECT_EQ(pair_at((const void *)addresses[i]), -KVM_EFAULT);
}

static void expect_paired_at(u8 *address)
{
	struct kvm_clock_pairing copy;

	memset(address - BESIDE, FILLER, sizeof(copy) + 2 * BESIDE);
	EXPECT_EQ(pair_at(address), 0);
	memcpy(&copy, address, sizeof(copy));
	EXPECT_LT(copy.nsec, NS_PER_SEC);
	EXPECT_EQ(copy.flags, 0u);
	EXPECT_BYTES(address - BESIDE, FILLER, BESIDE);
	EXPECT_BYTES(address + sizeof(copy), FILLER, BESIDE);
}

/*
 * There is no alignment, and kvm_write_guest() splits a copy at a page's end: all 64 bytes have to be written, and none
 * beside them. [L05]
 */
TEST(clock_pairing, any_address_in_ram_is_served)
{
	require_pairing();
	expect_paired_at(pages + BESIDE + 1);
	expect_paired_at(pages + PAGE_SIZE - 32);
	expect_paired_at(pages + PAGE_SIZE - 3);
}

/*
 * Clock pairing needs the same clocksource as the master clock. A VM has the master clock's other conditions from its
 * start: vCPUs whose TSCs match, and a host that did not suspend. [K31]
 */
TEST(clock_pairing, host_that_pairs_has_a_stable_kvmclock, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	require_pairing();
	pvclock_use_new(NULL);
	EXPECT_EQ(READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_TSC_STABLE_BIT, PVCLOCK_TSC_STABLE_BIT);
}

/* No bit in CPUID stands for this hypercall, so there is nothing to enforce. [L06] */
TEST(clock_pairing, enforcement_does_not_hide_it, .needs.conditions = NEED_ENFORCED)
{
	EXPECT_NE(pair_at(&pairing), -KVM_ENOSYS);
}

SUITE(clock_pairing, .contract = "hypercalls.rst, KVM_HC_CLOCK_PAIRING",
      .needs.conditions = NEED_KVM | NEED_HYPERCALLS);
