/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that the VMM stops and lets go on: time.
 *
 * Contract: kvmclock never goes back. With QEMU it stands while the VM does: QEMU reads it when it stops the VM, and sets it
 *           to that when it lets the VM go on. So the start that the wall clock names moves by the pause, and the sum of both
 *           is the host's time as before. Time in which no vCPU wants to run is not stolen.
 * Source:   msr.rst; QEMU, hw/i386/kvm/clock.c, kvmclock_vm_state_change(); arch/x86/kvm/x86.c, KVM_SET_CLOCK.
 * How:      the runner's answer says how long the VM stood at least, and at most; the TSC goes on meanwhile.
 * Needs:    kvmclock, and the channel.
 * Cannot show: an error of less than the time that stop and cont take.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/platform/channel.h"
#include "x86/platform/port80.h"

#define PAUSE_MS 300
#define PAUSES	 10
#define SHORT_MS 30
/* On a busy host a pause of 30 ms may take a second. */
#define MANY_PAUSES_MS 30000

static struct kvm_steal_time steal;

/* What went by: by this vCPU's TSC, by its kvmclock, and of that how long the VM stood. */
struct passed {
	u64 tsc_ns, clock_ns;
	struct channel_pause pause;
};

static void pause_and_measure(unsigned int ms, struct passed *passed)
{
	u64 tsc, clock = stood_read_both(&tsc), later_tsc, later;

	channel_pause(ms, &passed->pause);
	later = stood_read_both(&later_tsc);
	ASSERT_GE(later, clock);
	passed->clock_ns = later - clock;
	passed->tsc_ns = later_tsc - tsc;
}

static void expect_stand(void)
{
	struct passed p;
	u64 slack;

	pause_and_measure(PAUSE_MS, &p);
	slack = STOOD_SLACK_NS(p.tsc_ns);
	EXPECT_GE(p.tsc_ns + slack, p.pause.stood_ns);
	if (p.clock_ns + slack >= p.tsc_ns) {
		EXPECT_LE(p.clock_ns, p.tsc_ns + slack);
		test_observed("kvmclock goes on while the VM is paused");
		return;
	}
	EXPECT_LE(p.clock_ns + p.pause.stood_ns, p.tsc_ns + slack);
	EXPECT_GE(p.clock_ns + p.pause.took_ns + slack, p.tsc_ns);
	test_observed("kvmclock stands while the VM is paused");
}

/*
 * QEMU has let kvmclock stand since 2013, when guests' timers ran amok after long pauses. A VMM for which it goes on would
 * break no promise of KVM's; but nothing in between, and never back. [K38]
 */
TEST(paused, the_clock_stands_and_the_tsc_goes_on)
{
	pvclock_use_new(NULL);
	expect_stand();
}

/*
 * Without the master clock KVM reads its own clock when QEMU asks for the time, and sets the guest's by that
 * (__get_kvmclock(), kvm_vm_ioctl_set_clock()). [K69]
 */
TEST(paused, the_clock_stands_without_the_stable_flag_too, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE))
{
	pvclock_use_legacy(NULL);
	expect_stand();
	stood_expect_hosts_time();
}

/* Each pause sets the clock anew, from what the one before left: errors would add up. [K56] */
TEST(paused, ten_pauses_in_a_row_add_up, .budget_ms = MANY_PAUSES_MS)
{
	struct passed sum = {0}, p;

	pvclock_use_new(NULL);
	for (int i = 0; i < PAUSES; i++) {
		pause_and_measure(SHORT_MS, &p);
		sum.tsc_ns += p.tsc_ns;
		sum.clock_ns += p.clock_ns;
		sum.pause.stood_ns += p.pause.stood_ns;
		sum.pause.took_ns += p.pause.took_ns;
	}
	EXPECT_LE(sum.clock_ns, sum.tsc_ns + STOOD_SLACK_NS(sum.tsc_ns));
	if (sum.clock_ns + STOOD_SLACK_NS(sum.tsc_ns) < sum.tsc_ns) {
		EXPECT_LE(sum.clock_ns + sum.pause.stood_ns, sum.tsc_ns + STOOD_SLACK_NS(sum.tsc_ns));
		EXPECT_GE(sum.clock_ns + sum.pause.took_ns + STOOD_SLACK_NS(sum.tsc_ns), sum.tsc_ns);
	}
}

/*
 * A vCPU that reads the time in a loop is stopped anywhere in it. KVM changes the structure only before the vCPU goes on, so
 * that the loop must not see half of it. [K56]
 */
TEST(paused, a_vcpu_that_reads_the_clock_never_sees_it_go_back, .budget_ms = MANY_PAUSES_MS, .needs.cpus = 2)
{
	struct channel_pause stood;

	stood_start_reader();
	for (int i = 0; i < PAUSES; i++)
		channel_pause(SHORT_MS, &stood);
	stood_end_reader();
}

/*
 * The host's time goes on while the VM stands. So where kvmclock stands, the start that KVM computes has moved by the pause
 * (kvm_get_wall_clock_epoch()); and where kvmclock goes on, the start stays. [K48]
 */
TEST(paused, the_wall_clock_starts_later_by_the_pause)
{
	struct passed p;
	u64 before, moved;

	pvclock_use_new(NULL);
	before = stood_start_ns();
	pause_and_measure(PAUSE_MS, &p);
	moved = stood_start_ns() - before;
	if (p.clock_ns + STOOD_SLACK_NS(p.tsc_ns) < p.tsc_ns) {
		EXPECT_GE(moved + STOOD_WALL_SLACK_NS, p.pause.stood_ns);
		EXPECT_LE(moved, p.pause.took_ns + STOOD_WALL_SLACK_NS);
	} else {
		EXPECT_LE(moved + STOOD_WALL_SLACK_NS, 2 * STOOD_WALL_SLACK_NS);
	}
}

/* The sum of both clocks is the host's CLOCK_REALTIME, which the runner tells; after a pause as before. [K48] */
TEST(paused, wall_clock_and_kvmclock_are_the_hosts_time_afterwards)
{
	struct channel_pause stood;

	pvclock_use_new(NULL);
	channel_pause(PAUSE_MS, &stood);
	stood_expect_hosts_time();
}

/* KVM_SET_CLOCK stops the master clock, and has to start it again for all vCPUs (pvclock_update_vm_gtod_copy()). [K57] */
TEST(paused, the_stable_flag_is_there_afterwards)
{
	struct channel_pause stood;

	pvclock_require_stable(pvclock_few_cpus());
	channel_pause(SHORT_MS, &stood);
	stood_expect_stable();
}

/*
 * KVM counts what a vCPU's thread waited for a CPU (run_delay), and while the VM stands the thread waits for QEMU instead.
 * Were the pause stolen time, the guest's scheduler would take it off its tasks' time. [S26]
 */
TEST(paused, the_pause_is_not_stolen, .needs.features = BIT(KVM_FEATURE_STEAL_TIME),
     .needs.conditions = NEED_NO_XEN)
{
	struct channel_pause pause;
	u64 began, before, stolen, took;

	steal = (struct kvm_steal_time){0};
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	began = timer_ns();
	exit_to_userspace();
	before = READ_ONCE(steal.steal);
	channel_pause(PAUSE_MS, &pause);
	exit_to_userspace();
	stolen = READ_ONCE(steal.steal) - before;
	took = timer_ns() - began;
	EXPECT_LE(stolen + pause.stood_ns, took + STOOD_SLACK_NS(took));
}
