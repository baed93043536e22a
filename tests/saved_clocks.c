/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that is saved, and restored in another process of the VMM: time.
 *
 * Contract: kvmclock never goes back, and goes on at its rate from where it was; with QEMU it stands while the VM does. The
 *           wall clock is written anew. Steal time goes on from its value.
 * Source:   msr.rst; QEMU, hw/i386/kvm/clock.c, kvmclock_vm_state_change(); arch/x86/kvm/x86.c, KVM_SET_CLOCK,
 *           kvm_write_wall_clock() and record_steal_time().
 * How:      the runner tells its CLOCK_MONOTONIC before and after, and how long the VM stood at least, and at most. The TSC
 *           does not show that: QEMU restores it to what it was.
 * Needs:    kvmclock, and the channel.
 * Cannot show: an error of less than the time that saving takes. Whether the host's TSC is the same one.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/platform/channel.h"
#include "x86/platform/port80.h"

#define STAND_MS     300
#define SAVES	     2
#define SAVES_MS     30000
#define STEAL_BEFORE (10000 * NS_PER_MS)

#define CLOCK .budget_ms = SAVES_MS, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2)

static struct pvclock_wall_clock wall;
static struct kvm_steal_time steal;

static u64 clock_ns(void)
{
	return pvclock_now(pvclock_own_area());
}

static void save_and_measure(struct stood_passed *passed)
{
	u64 outer = clock_ns(), host = channel_host_monotonic_ns(), inner = clock_ns(), later;

	channel_save(STAND_MS, &passed->save);
	later = clock_ns();
	ASSERT_GE(later, inner);
	passed->inner_ns = later - inner;
	passed->host_ns = channel_host_monotonic_ns() - host;
	passed->outer_ns = clock_ns() - outer;
}

/*
 * QEMU reads the clock when it stops the VM, and sets it when the restored VM goes on. A VMM may let it go on by the host's
 * time instead (KVM_CLOCK_REALTIME); but nothing in between, and never back. [K40]
 */
TEST(saved, the_clock_goes_on_from_its_value, CLOCK)
{
	struct stood_passed p = {0};

	pvclock_use_new(NULL);
	save_and_measure(&p);
	stood_expect_passed(&p, "saved and restored");
}

/* The restored VM's clock is made of the host's TSC frequency, and of the one that QEMU asks KVM for. [K40] */
TEST(saved, the_clock_keeps_its_rate, CLOCK)
{
	struct pvclock_vcpu_time_info info;
	struct channel_save save;

	pvclock_use_new(NULL);
	info = pvclock_snapshot(pvclock_own_area());
	channel_save(0, &save);
	stood_expect_rate(pvclock_khz(info.tsc_to_system_mul, info.tsc_shift));
}

/* A vCPU that reads the time in a loop is stopped anywhere in it, and goes on with other numbers in the structure. [K40] */
TEST(saved, a_vcpu_that_reads_the_clock_never_sees_it_go_back, CLOCK, .needs.cpus = 2)
{
	struct channel_save save;

	stood_start_reader();
	for (int i = 0; i < SAVES; i++)
		channel_save(0, &save);
	stood_end_reader();
}

/*
 * The new VM has a master clock only once each vCPU's TSC was set, to values that KVM takes for one clock's
 * (kvm_synchronize_tsc()). [K58]
 */
TEST(saved, the_stable_flag_comes_back, CLOCK)
{
	struct channel_save save;

	stood_require_equal_tscs();
	pvclock_require_stable(pvclock_few_cpus());
	channel_save(0, &save);
	stood_require_equal_tscs();
	stood_expect_stable();
}

/* QEMU writes the MSR in the new VM, as a guest would. What it says then is of a clock that is not set yet. [K41] */
TEST(saved, the_wall_clock_is_written_anew, CLOCK)
{
	struct channel_save save;
	u32 before;

	wrmsr(MSR_KVM_WALL_CLOCK_NEW, (u64)&wall);
	before = READ_ONCE(wall.version);
	channel_save(0, &save);
	EXPECT_NE(READ_ONCE(wall.version), before);
	EXPECT_EQ(READ_ONCE(wall.version) & 1, 0u);
	EXPECT_LT(wall.nsec, 1000000000u);
	EXPECT_EQ(rdmsr(MSR_KVM_WALL_CLOCK_NEW), (u64)&wall);
}

/* A guest that asks for the start again, as Linux does after a resume, has the host's time as before. [K41] */
TEST(saved, wall_clock_and_kvmclock_are_the_hosts_time_afterwards, CLOCK)
{
	struct channel_save save;

	pvclock_use_new(NULL);
	channel_save(STAND_MS, &save);
	stood_expect_hosts_time();
}

/*
 * The area has all that was stolen so far, and KVM adds what the new vCPU's thread waits for a CPU. The time in which there is
 * no thread is not stolen. [S21]
 */
TEST(saved, steal_goes_on_from_its_value, .budget_ms = SAVES_MS,
     .needs.features = BIT(KVM_FEATURE_STEAL_TIME), .needs.conditions = NEED_NO_XEN)
{
	struct channel_save save;
	u64 began, before, host;

	steal = (struct kvm_steal_time){.steal = STEAL_BEFORE};
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	began = channel_host_monotonic_ns();
	before = READ_ONCE(steal.steal);
	ASSERT_GE(before, STEAL_BEFORE);
	channel_save(STAND_MS, &save);
	exit_to_userspace();
	ASSERT_GE(READ_ONCE(steal.steal), before);
	host = channel_host_monotonic_ns() - began;
	EXPECT_LE(READ_ONCE(steal.steal) - before + STAND_MS * NS_PER_MS, host + STOOD_SLACK_NS(host));
	EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), (u64)&steal | KVM_MSR_ENABLED);
}
