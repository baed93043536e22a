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
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/told.h"

#define BESIDE	   16
#define NS_PER_SEC 1000000000ll

/*
 * Before 6.8 the host computes the wall clock from two readings, microseconds apart. Its thread may lose its CPU in
 * between, so the test tries again.
 */
#define AGREES_WITHIN_NS 10000000ll
#define TRIES		 5

static u8 pages[2 * PAGE_SIZE] ALIGNED(PAGE_SIZE);
static struct kvm_clock_pairing pairing;
static struct pvclock_vcpu_time_info area;
static struct pvclock_wall_clock wall;

static s64 pair_at(const void *address)
{
	return hypercall(KVM_HC_CLOCK_PAIRING, (u64)address, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0);
}

static void require_pairing(void)
{
	s64 result = pair_at(&pairing);

	if (result == -KVM_EOPNOTSUPP && told.tsc_clock != TOLD_ON)
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
}

/*
 * The TSC value in the pair is from the time of the call. KVM converts the host's TSC by the vCPU's scale and offset;
 * with a wrong one the value is outside of the call. [L02]
 */
TEST(clock_pairing, tsc_is_of_the_time_of_the_call)
{
	require_pairing();
	for (int i = 0; i < 10; i++) {
		u64 before = rdtsc(), after;

		ASSERT_EQ(pair_at(&pairing), 0);
		after = rdtsc();
		EXPECT_GE(pairing.tsc, before);
		EXPECT_LE(pairing.tsc, after);
	}
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

/* By how much the pair's time is ahead of wall clock plus system time at the same TSC value. */
static s64 ahead_of_kvmclock_ns(void)
{
	struct pvclock_vcpu_time_info info;

	wrmsr(MSR_KVM_WALL_CLOCK_NEW, (u64)&wall);
	ASSERT_EQ(pair_at(&pairing), 0);
	info = pvclock_snapshot(&area);
	return (pairing.sec - wall.sec) * NS_PER_SEC + pairing.nsec - wall.nsec -
	       (s64)pvclock_at(&info, pairing.tsc);
}

/*
 * The pair, and wall clock plus system time, are the same host time. KVM computes them in different functions, which
 * have to start from the same clocks. [L03]
 */
TEST(clock_pairing, time_agrees_with_the_wall_clock, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	s64 ahead;

	require_pairing();
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	for (int i = 0; i < TRIES; i++) {
		ahead = ahead_of_kvmclock_ns();
		if (ahead >= -AGREES_WITHIN_NS && ahead <= AGREES_WITHIN_NS)
			break;
	}
	EXPECT_GE(ahead, -AGREES_WITHIN_NS);
	EXPECT_LE(ahead, AGREES_WITHIN_NS);
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
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	EXPECT_EQ(READ_ONCE(area.flags) & PVCLOCK_TSC_STABLE_BIT, PVCLOCK_TSC_STABLE_BIT);
}

/* No bit in CPUID stands for this hypercall, so there is nothing to enforce. [L06] */
TEST(clock_pairing, enforcement_does_not_hide_it, .needs.conditions = NEED_ENFORCED)
{
	EXPECT_NE(pair_at(&pairing), -KVM_ENOSYS);
}

SUITE(clock_pairing, .contract = "hypercalls.rst, KVM_HC_CLOCK_PAIRING",
      .needs.conditions = NEED_KVM | NEED_HYPERCALLS);
