/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wall clock at the guest's start: MSR_KVM_WALL_CLOCK_NEW, and its legacy number.
 *
 * Contract: WRMSR names a struct pvclock_wall_clock, which the host has filled in when WRMSR
 *           returns: the time of day at which the system time was 0. Version is odd while the host
 *           writes, then even, and differs from before. The sum of the two clocks is the host's
 *           CLOCK_REALTIME. It is one register for the whole VM under two numbers, without an
 *           enable bit; no value raises #GP, and 0 writes nothing.
 * Source:   msr.rst, MSR_KVM_WALL_CLOCK_NEW; arch/x86/kvm/x86.c, kvm_write_wall_clock(), and from
 *           6.8 on kvm_get_wall_clock_epoch().
 * How:      by comparison with the CMOS clock, which shows the host's time, too; and with epoch=,
 *           the host's time just before it started the VM.
 * Needs:    kvmclock.
 * Cannot show: an error of less than two seconds; clock_pairing does.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/told.h"
#include "x86/platform/rtc.h"

#define NS_PER_SEC 1000000000ull

/*
 * Before 6.8 the host reads its two clocks one after the other, within the WRMSR: it may be off by what that took. Each
 * measurement is held to that. Where it took long, since the vCPU was off its CPU, another one follows, to be exact.
 */
#define CONSTANT_OVER_NS (20 * NS_PER_MS)
#define ROUNDING_NS	 20000
#define TOOK_LONG_NS	 NS_PER_MS
#define MEASURE_MS	 2000

/*
 * No run takes an hour until here, even with slow firmware; and typical errors of a time of day, such as that of a time
 * zone, are larger.
 */
#define RUN_TAKES_MAX_SEC 3600

/* The CMOS clock counts whole seconds, and QEMU starts it on a whole one: so it may lag by two. */
#define RTC_LAG_SEC 2
/* It may show local time, and no time zone has a finer offset than this. */
#define TIME_ZONE_SEC ((s64)(15 * 60))

static struct pvclock_wall_clock wall, other;
static struct pvclock_vcpu_time_info area;

static void ask(const void *address)
{
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_WALL_CLOCK_NEW, (u64)address));
}

static u64 start_ns(void)
{
	ask(&wall);
	return wall.sec * NS_PER_SEC + wall.nsec;
}

/* The time of day, in ns since 1970. In this order the result is no earlier than the host's time at the call. */
static u64 now_ns(void)
{
	u64 start = start_ns();

	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)&area | KVM_MSR_ENABLED);
	return start + pvclock_now(&area);
}

/*
 * KVM writes the structure while it handles the WRMSR, with an odd version meanwhile and a new even one at the end.
 * [K42]
 */
TEST(wall_clock, structure_is_filled_in_when_wrmsr_returns)
{
	memset(&wall, 0, sizeof(wall));
	ask(&wall);
	EXPECT_EQ(wall.version, 2u);
	EXPECT_NE(wall.sec, 0u);
	ask(&wall);
	EXPECT_EQ(wall.version, 4u);
}

/* Guests from before Linux 2.6.35 use MSR 0x11, which has a feature bit of its own and must do the same. [K42] */
TEST(wall_clock, legacy_number_fills_in_the_structure, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE))
{
	memset(&wall, 0, sizeof(wall));
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_WALL_CLOCK, (u64)&wall));
	EXPECT_EQ(wall.version, 2u);
	EXPECT_NE(wall.sec, 0u);
}

/* KVM takes an odd version for an interrupted update: 5 becomes 6, then 7 while it writes, then 8. [K44] */
TEST(wall_clock, odd_version_becomes_even)
{
	wall.version = 5;
	ask(&wall);
	EXPECT_EQ(wall.version, 8u);
	wall.version = UINT32_MAX;
	ask(&wall);
	EXPECT_EQ(wall.version, 2u);
}

/* KVM computes one count of nanoseconds and splits it; the rest has to be less than a second. [K42] */
TEST(wall_clock, nanoseconds_are_less_than_a_second)
{
	for (int i = 0; i < 10; i++) {
		wall.nsec = UINT32_MAX;
		ask(&wall);
		EXPECT_LT(wall.nsec, (u32)NS_PER_SEC);
	}
}

static void ask_by_legacy_number(void *address)
{
	wrmsr(MSR_KVM_WALL_CLOCK, (u64)address);
}

/* KVM keeps one address for the VM, that of the last write by any vCPU through either number. [K47] */
TEST(wall_clock, register_is_one_for_all_vcpus_and_numbers, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE),
     .needs.cpus = 2)
{
	ask(&wall);
	EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK), (u64)&wall);
	smp_call(1, ask_by_legacy_number, &other);
	EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK_NEW), (u64)&other);
	EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK), (u64)&other);
}

struct move {
	s64 ns, most_ns;
};

/* From one start to the other, with the change in between; what prepares for that comes first. */
static struct move measure_move(void (*prepare)(void), void (*change)(void))
{
	u64 start, first, first_took, then, second, took;
	struct move move;

	prepare();
	start = rdtsc();
	first = start_ns();
	first_took = rdtsc() - start;
	change();
	then = rdtsc();
	second = start_ns();
	took = timer_tsc_to_ns(first_took + rdtsc() - then);
	move.ns = (s64)(second - first);
	move.most_ns = (s64)(ROUNDING_NS + took +
			     timer_tsc_to_ns(rdtsc() - start) * pvclock_rate_max_ppm() / 1000000);
	return move;
}

/* An NTP daemon may set the host's clock meanwhile, but not twice in a row. */
static void expect_constant_over(void (*prepare)(void), void (*change)(void))
{
	u64 end = timer_ns() + MEASURE_MS * NS_PER_MS;
	struct move move = measure_move(prepare, change);

	if (ABS(move.ns) > move.most_ns) {
		test_retry("the start moved by %ld ns, as it does when the host's clock is set",
			   (long)move.ns);
		move = measure_move(prepare, change);
	}
	while (move.most_ns > (s64)TOOK_LONG_NS && ABS(move.ns) <= move.most_ns && timer_ns() < end)
		move = measure_move(prepare, change);
	EXPECT_GE(move.ns, -move.most_ns);
	EXPECT_LE(move.ns, move.most_ns);
}

static void do_nothing(void)
{
}

static void pass_time(void)
{
	timer_spin(CONSTANT_OVER_NS);
}

/* The start is a constant of the VM, which KVM computes anew for each write. [K43] */
TEST(wall_clock, start_does_not_move)
{
	expect_constant_over(do_nothing, pass_time);
}

/* The host takes a new reference point for the system time at each of these changes, so that its clocks have not drifted apart. */
static void leave_master_clock(void)
{
	wrmsr(MSR_KVM_SYSTEM_TIME, 0);
}

static void take_master_clock(void)
{
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
}

static void leave_and_take_master_clock(void)
{
	leave_master_clock();
	take_master_clock();
}

/*
 * KVM computes the system time from the TSC while the master clock is on, and else from its own clock (__get_kvmclock()). [K68]
 */
TEST(wall_clock, start_stays_when_the_stable_flag_comes_and_goes,
     .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE))
{
	expect_constant_over(leave_and_take_master_clock, leave_master_clock);
	expect_constant_over(leave_master_clock, take_master_clock);
}

/* This is exact: nothing that the host does in between can make the time earlier than epoch=. [K42] */
TEST(wall_clock, time_is_not_before_the_vm_was_started, .needs.conditions = NEED_EPOCH)
{
	EXPECT_GE(now_ns(), told.epoch.value * NS_PER_SEC);
}

/*
 * The sum of wall clock and system time is the time of day. A wrong start, or a wrong time zone, is off by an hour or
 * more. [K42]
 */
TEST(wall_clock, time_is_not_long_after_the_vm_was_started, .needs.conditions = NEED_EPOCH)
{
	EXPECT_LE(now_ns() / NS_PER_SEC, told.epoch.value + RUN_TAKES_MAX_SEC);
}

/* The difference modulo whole time zones. */
static s64 but_for_time_zone(s64 seconds)
{
	s64 rest = seconds % TIME_ZONE_SEC;

	if (rest > TIME_ZONE_SEC / 2)
		return rest - TIME_ZONE_SEC;
	return rest < -TIME_ZONE_SEC / 2 ? rest + TIME_ZONE_SEC : rest;
}

/* The CMOS clock is read between two readings of the wall clock, so it does not matter how long that takes. [K42] */
TEST(wall_clock, time_agrees_with_the_cmos_clock, .needs.conditions = NEED_CMOS_CLOCK | NEED_HOST_CMOS_CLOCK)
{
	u64 before, after, rtc = 0;

	before = now_ns() / NS_PER_SEC;
	ASSERT_TRUE(rtc_read(&rtc), "the CMOS clock: got no date, want one as before");
	after = now_ns() / NS_PER_SEC;
	EXPECT_LE(but_for_time_zone((s64)(before - rtc)), RTC_LAG_SEC);
	EXPECT_GE(but_for_time_zone((s64)(after - rtc)), 0);
}

SUITE(wall_clock, .contract = "msr.rst, MSR_KVM_WALL_CLOCK_NEW",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
