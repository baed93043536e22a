/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface by which a VMM reads and sets a VM's clock, and says that the VM stood.
 *
 * Contract: KVM_GET_CLOCK returns what kvmclock shows, from 0 on at the VM's start; where the clock is stable also the host's time
 *           and TSC of the same moment. KVM_SET_CLOCK sets it, and can add the time that has passed since another moment.
 *           KVM_KVMCLOCK_CTRL sets PVCLOCK_GUEST_STOPPED. What is wrong is refused, with the documented error.
 * Source:   Documentation/virt/kvm/api.rst, of these names; arch/x86/kvm/x86.c, kvm_vm_ioctl_get_clock(),
 *           kvm_vm_ioctl_set_clock(), kvm_set_guest_paused().
 * How:      the runner makes a VM without a VMM, two vCPUs that only exit, and calls these itself (lib/kvm_clock.h). It
 *           reads the host's clocks before and after, which makes the bounds.
 * Needs:    the channel.
 * Cannot show: what VMMs make of it; paused and saved do, of QEMU.
 */
#include "x86/kvm/vmm_clock.h"
#include "lib/test.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"

#define STABLE 2 /* KVM_CLOCK_TSC_STABLE */

static void expect_within_bounds(enum kvm_clock_step step)
{
	struct vmm_clock_outcome outcome = vmm_clock_try(step);

	EXPECT_GE(outcome.got, outcome.least);
	EXPECT_LE(outcome.got, outcome.most);
}

/* Guests of VMMs that do not set it take it for the time since the VM's start (kvm_arch_init_vm()). [K71] */
TEST(vmm_clock, a_new_vms_clock_starts_at_0)
{
	expect_within_bounds(KVM_CLOCK_STEP_START);
}

/*
 * QEMU sets the clock before vCPUs run, and KVM then looks for a master clock. Other VMMs do not, and KVM has to do so when it has
 * seen all vCPUs' TSCs (kvm_track_tsc_matching()). [K71]
 */
TEST(vmm_clock, a_new_vm_has_a_master_clock)
{
	struct vmm_clock_outcome outcome = vmm_clock_try(KVM_CLOCK_STEP_MASTER);

	if (told.tsc_clock != TOLD_ON)
		test_skip(UNMET_HOST, "clocksource=tsc");
	EXPECT_EQ(outcome.got, (u64)STABLE);
}

/* KVM_CHECK_EXTENSION names the flags that KVM knows: one since Linux 4.9, three since 5.16. [K72] */
TEST(vmm_clock, a_stable_clock_has_all_flags_and_another_none)
{
	expect_within_bounds(KVM_CLOCK_STEP_FLAGS);
}

/* A VMM that migrates a VM by these two has no other way to tell how much time has passed. [K72] */
TEST(vmm_clock, realtime_is_the_hosts)
{
	expect_within_bounds(KVM_CLOCK_STEP_REALTIME);
}

/* VMMs compute the guest's TSC at the destination from it. [K72] */
TEST(vmm_clock, host_tsc_is_of_the_same_moment)
{
	expect_within_bounds(KVM_CLOCK_STEP_HOST_TSC);
}

/* KVM keeps the difference to its own clock, and has to take that of the moment at which it sets it. [K73] */
TEST(vmm_clock, goes_on_from_what_was_set)
{
	expect_within_bounds(KVM_CLOCK_STEP_SET);
}

/* Flags that say more than KVM needs are no error: only KVM_CLOCK_REALTIME has a meaning there. [K73] */
TEST(vmm_clock, what_was_got_can_be_set)
{
	expect_within_bounds(KVM_CLOCK_STEP_SET_WHAT_GET);
}

/* That is the time in which a VM was on its way to another host. [K73] */
TEST(vmm_clock, catches_up_with_realtime)
{
	expect_within_bounds(KVM_CLOCK_STEP_CATCH_UP);
}

/* The other host's time may be behind. KVM must not set the clock back for that. [K73] */
TEST(vmm_clock, does_not_step_back_for_realtime)
{
	expect_within_bounds(KVM_CLOCK_STEP_NO_STEP_BACK);
}

/* A VMM learns by that which flags there are, and the others may get a meaning. [K73] */
TEST(vmm_clock, unknown_flags_are_refused)
{
	expect_within_bounds(KVM_CLOCK_STEP_BAD_FLAGS);
}

/* A VMM that is told of success would go on with a clock that it has not read. [K72 K73] */
TEST(vmm_clock, null_pointers_are_refused)
{
	expect_within_bounds(KVM_CLOCK_STEP_GET_AT_NULL);
	expect_within_bounds(KVM_CLOCK_STEP_SET_AT_NULL);
}

/* QEMU takes EINVAL for a guest that has no kvmclock, and complains of others. [K37] */
TEST(vmm_clock, ctrl_is_refused_without_an_area)
{
	expect_within_bounds(KVM_CLOCK_STEP_CTRL_WITHOUT);
}

/* KVM only notes it, and has to set the flag when the vCPU enters the guest. [K35] */
TEST(vmm_clock, ctrl_sets_the_flag)
{
	expect_within_bounds(KVM_CLOCK_STEP_CTRL_WITH);
	expect_within_bounds(KVM_CLOCK_STEP_CTRL_FLAG);
}

SUITE(vmm_clock, .contract = "api.rst, KVM_GET_CLOCK, KVM_SET_CLOCK, KVM_KVMCLOCK_CTRL",
      .needs.conditions = NEED_KVM | NEED_CHANNEL);
