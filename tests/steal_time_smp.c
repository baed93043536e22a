/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steal time, as other vCPUs see it: what a vCPU's preempted byte means to them, and how they read
 * its area.
 *
 * Contract: preempted is set only while the host runs something else although the vCPU is ready to
 *           run. A vCPU in HLT, or with an exit in the VMM, is not preempted. Any vCPU may read
 *           steal by the version protocol, and it never goes back.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; arch/x86/kvm/x86.c, kvm_steal_time_set_preempted():
 *           at_instruction_boundary (Linux 5.19; in 5.10 and 5.15 stable since 2022; before, KVM set
 *           it for HLT and exits to userspace, too).
 * How:      vCPU 1 halts, or exits to userspace all the time; vCPU 0 watches its area.
 * Needs:    the feature, 2 vCPUs.
 * Cannot show: that preempted is set when it should be, which needs a competing load
 *           (steal_time_shared_cpu.c).
 */
#include "lib/ktap_writer.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/vectors.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"
#include "x86/platform/port80.h"

/* A vCPU may be off its CPU for 100 ms, several times in a row. */
#define UPDATE_MS 3000

static struct kvm_steal_time area; /* vCPU 1's */
static bool ready, stop;

static void announce(void)
{
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&area | KVM_MSR_ENABLED);
	exit_to_userspace();
	WRITE_ONCE(ready, true);
}

static void exit_until_told(void *argument)
{
	(void)argument;
	announce();
	while (!READ_ONCE(stop))
		exit_to_userspace();
}

/* It stops its watchdog, so that no timer ends its HLT; vCPU 0's is for both. */
static void halt_until_told(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	announce();
	while (!READ_ONCE(stop)) {
		irq_enable_and_halt();
		irq_disable();
	}
	irq_enable();
}

static void start_on_vcpu_1(void (*work)(void *argument))
{
	ready = stop = false;
	smp_post(1, work, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready), UPDATE_MS),
		    "got vCPU 1 not started after %u ms, want it running", UPDATE_MS);
}

static void end_on_vcpu_1(void)
{
	WRITE_ONCE(stop, true);
	apic_send(smp_cpu(1)->apic_id, WAKE_VECTOR | APIC_INT_ASSERT);
	smp_wait(1);
}

static bool stays_unpreempted_for(u64 ns)
{
	u64 end = timer_ns() + ns;
	u8 seen = 0;

	do
		seen |= READ_ONCE(area.preempted);
	while (!seen && timer_ns() < end);
	return !seen;
}

/* A consistent reading of version and steal. */
static u32 read_steal(u64 *steal)
{
	u32 version;

	do {
		version = READ_ONCE(area.version);
		*steal = READ_ONCE(area.steal);
	} while (version % 2 || version != READ_ONCE(area.version));
	return version;
}

/* If vCPU 1 is marked as preempted: was time stolen from it when it ran again? */
enum mark { NOT_MARKED, MARKED, MARKED_WRONGLY };
static enum mark look(void)
{
	u64 before, after;
	u32 version = read_steal(&before);

	if (!READ_ONCE(area.preempted) || READ_ONCE(area.version) != version)
		return NOT_MARKED;
	while (read_steal(&after) == version)
		pause();
	return after > before ? MARKED : MARKED_WRONGLY;
}

/*
 * On its way to HLT vCPU 1 may lose its CPU, for 100 ms or so, and be marked as preempted. In HLT it is not: 3 ms in a
 * row without the mark have to come some time. [S16]
 */
TEST(steal_time_smp, a_halted_vcpu_is_not_preempted, .needs.conditions = NEED_HLT_EXITS)
{
	start_on_vcpu_1(halt_until_told);
	EXPECT_TRUE(timer_wait_until(stays_unpreempted_for(3 * NS_PER_MS), UPDATE_MS),
		    "the halted vCPU 1's preempted byte: got %#x, want 0 for 3 ms", area.preempted);
	end_on_vcpu_1();
}

/*
 * Between two exits the host may take vCPU 1 off its CPU and mark it. That steals time, and the next update says how
 * much: more than nothing where the host's clock is the TSC, which counts nanoseconds. Where it is coarser, half of the marks
 * may be without stolen time. 50 ms are hundreds of exits, but only a few on a host where the two vCPUs take turns. [S17]
 */
TEST(steal_time_smp, a_vcpu_whose_vmm_works_for_it_is_not_preempted)
{
	unsigned int looks[MARKED_WRONGLY + 1] = {0};
	u64 end;

	start_on_vcpu_1(exit_until_told);
	end = timer_ns() + 50 * NS_PER_MS;
	while (timer_ns() < end)
		looks[look()]++;
	end_on_vcpu_1();
	ktap_note("marks with stolen time: %u, without: %u", looks[MARKED], looks[MARKED_WRONGLY]);
	EXPECT_LE(looks[MARKED_WRONGLY], told.tsc_clock == TOLD_ON ? 0 : looks[MARKED]);
}

/* 10 ms are dozens of updates, except on a host where vCPU 1 does not run meanwhile. [S20] */
TEST(steal_time_smp, the_version_protocol_yields_a_steal_that_never_goes_back)
{
	u64 last = 0, steal, end;
	u32 version;

	start_on_vcpu_1(exit_until_told);
	end = timer_ns() + 10 * NS_PER_MS;
	do {
		version = read_steal(&steal);
		ASSERT_TRUE(steal >= last, "vCPU 1's steal: got %lu ns, want at least %lu ns",
			    (unsigned long)steal, (unsigned long)last);
		last = steal;
	} while (timer_ns() < end);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(area.version) != version, UPDATE_MS),
		    "vCPU 1's version: got %u for %u ms while it made exits to userspace, want another",
		    version, UPDATE_MS);
	end_on_vcpu_1();
}

SUITE(steal_time_smp, .contract = "msr.rst, MSR_KVM_STEAL_TIME",
      .needs.features = BIT(KVM_FEATURE_STEAL_TIME), .needs.cpus = 2, .needs.conditions = NEED_NO_XEN);
