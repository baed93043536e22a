/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/stood_clocks.h"

#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/platform/channel.h"

#define START_MS     1000
#define TOOK_LONG_NS NS_PER_MS
#define TRIES	     20
#define NS_PER_SEC   1000000000ull
#define RATE_MS	     100
/* kvm.tsc_tolerance_ppm: with less KVM does not scale the TSC. */
#define TOLERANCE_PPM 250
#define TSCS_APART_MS 900

static struct pvclock_wall_clock wall;

/* Earlier tests may have left the flag in the area, and the host keeps what it finds there. */
void stood_register(void *unused)
{
	memset(pvclock_own_area(), 0, sizeof(*pvclock_own_area()));
	pvclock_use_new(unused);
}

static void read_flag(void *argument)
{
	u8 *flag = argument;

	*flag = READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_GUEST_STOPPED;
}

u8 stood_flag(unsigned int cpu)
{
	u8 flag = 0xff;

	smp_call(cpu, read_flag, &flag);
	return flag;
}

void stood_expect_flags(u8 want)
{
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		EXPECT_TRUE(stood_flag(i) == want, "vCPU %u's flag: got %#x, want %#x", i, stood_flag(i),
			    want);
}

/* kvmclock, and the TSC at exactly that time, wherever the vCPU was off its CPU. */
u64 stood_read_both(u64 *tsc_ns)
{
	const struct pvclock_vcpu_time_info *area = pvclock_own_area();
	struct pvclock_vcpu_time_info info;
	u64 tsc;

	do {
		info = pvclock_snapshot(area);
		tsc = rdtsc();
	} while (info.version != READ_ONCE(area->version));
	*tsc_ns = timer_tsc_to_ns(tsc);
	return pvclock_at(&info, tsc);
}

/* Again where the host may have been off its CPU between the two clocks that it reads. */
u64 stood_start_ns(void)
{
	u64 began;

	for (int i = 0; i < TRIES; i++) {
		began = timer_ns();
		wrmsr(MSR_KVM_WALL_CLOCK_NEW, (u64)&wall);
		if (timer_ns() - began < TOOK_LONG_NS)
			break;
	}
	return wall.sec * NS_PER_SEC + wall.nsec;
}

void stood_expect_hosts_time(void)
{
	u64 start = stood_start_ns(), earliest = start + pvclock_now(pvclock_own_area());
	u64 host = channel_host_time_ns();

	EXPECT_GE(host + STOOD_WALL_SLACK_NS, earliest);
	EXPECT_LE(host, start + pvclock_now(pvclock_own_area()) + STOOD_WALL_SLACK_NS);
}

static void read_stable(void *argument)
{
	bool *stable = argument;

	*stable = timer_wait_until(pvclock_own_is_stable(), START_MS);
}

void stood_expect_stable(void)
{
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++) {
		bool stable = false;

		smp_call(i, read_stable, &stable);
		EXPECT_TRUE(stable, "vCPU %u: got no PVCLOCK_TSC_STABLE_BIT for %u ms, want it as before", i,
			    START_MS);
	}
}

void stood_expect_passed(const struct stood_passed *p, const char *how)
{
	u64 slack = STOOD_SLACK_NS(p->host_ns);
	bool stood = p->inner_ns + p->save.stood_ns <= p->host_ns + slack &&
		     p->outer_ns + p->save.took_ns + slack >= p->host_ns;
	bool went_on = p->inner_ns <= p->host_ns + slack + p->apart_ns &&
		       p->outer_ns + slack + p->apart_ns >= p->host_ns;

	EXPECT_TRUE(
		stood || went_on,
		"kvmclock: got %lu us later, want none of the %lu to %lu us in which the VM stood, or all of the host's %lu us",
		p->inner_ns / 1000, p->save.stood_ns / 1000, p->save.took_ns / 1000, p->host_ns / 1000);
	if (stood && !went_on)
		test_observed("kvmclock stands while the VM is %s", how);
	else if (went_on && !stood)
		test_observed("kvmclock goes on while the VM is %s", how);
}

void stood_expect_rate(u64 before_khz)
{
	struct pvclock_vcpu_time_info info = pvclock_snapshot(pvclock_own_area());
	u64 khz = pvclock_khz(info.tsc_to_system_mul, info.tsc_shift);
	u64 slack = before_khz * TOLERANCE_PPM / 1000000 + 1, tsc, later_tsc, clock, later;

	EXPECT_GE(khz + slack, before_khz);
	EXPECT_LE(khz, before_khz + slack);
	clock = stood_read_both(&tsc);
	timer_spin(RATE_MS * NS_PER_MS);
	later = stood_read_both(&later_tsc);
	slack = STOOD_SLACK_NS(later_tsc - tsc);
	EXPECT_GE(later - clock + slack, later_tsc - tsc);
	EXPECT_LE(later - clock, later_tsc - tsc + slack);
}

static void read_tsc(void *argument)
{
	u64 *tsc = argument;

	*tsc = rdtsc();
}

void stood_require_equal_tscs(void)
{
	u64 apart = timer_ns_to_tsc(TSCS_APART_MS * NS_PER_MS), before, tsc = 0;

	for (unsigned int i = 0; i < pvclock_few_cpus(); i++) {
		before = rdtsc();
		smp_call(i, read_tsc, &tsc);
		if (tsc + apart < before || tsc > rdtsc() + apart)
			test_skip(UNMET_LUCK, "tscs-restored-in-time");
	}
}

static bool reading, stop_reading;
static u64 readings, backward_ns;

static void read_all_the_time(void *argument)
{
	u64 last, now;

	(void)argument;
	pvclock_use_new(NULL);
	last = pvclock_now(pvclock_own_area());
	WRITE_ONCE(reading, true);
	for (readings = 0; !READ_ONCE(stop_reading); readings++) {
		now = pvclock_now(pvclock_own_area());
		if (now < last)
			backward_ns = MAX(backward_ns, last - now);
		last = now;
	}
}

void stood_start_reader(void)
{
	pvclock_use_new(NULL);
	reading = stop_reading = false;
	backward_ns = 0;
	smp_post(1, read_all_the_time, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(reading), START_MS),
		    "got vCPU 1 not started after %u ms, want it running", START_MS);
}

void stood_end_reader(void)
{
	WRITE_ONCE(stop_reading, true);
	smp_wait(1);
	EXPECT_GT(readings, 0ull);
	EXPECT_EQ(backward_ns, 0ull);
}
