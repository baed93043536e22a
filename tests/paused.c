/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that the VMM stops and lets go on: the flag by which the guest learns of it.
 *
 * Contract: after a pause PVCLOCK_GUEST_STOPPED is set in the kvmclock structure of every vCPU that has registered one. The
 *           host alone sets it, and the guest alone clears it. Time, timers, interrupts and kicks are in the other files.
 * Source:   Documentation/virt/kvm/api.rst, KVM_KVMCLOCK_CTRL; arch/x86/kvm/x86.c, kvm_set_guest_paused(); QEMU,
 *           hw/i386/kvm/clock.c, kvmclock_vm_state_change(). Linux's soft lockup watchdog relies on it
 *           (kvm_check_and_clear_guest_paused()).
 * How:      the guest asks the runner for a pause, which is QMP's stop and cont (x86/platform/channel.h).
 * Needs:    kvmclock, and the channel.
 * Cannot show: what a VMM's other ways to stop a VM do.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/platform/channel.h"
#include "x86/platform/port80.h"

#define PAUSE_MS 100

static void clear_flag(void *unused)
{
	(void)unused;
	__atomic_fetch_and(&pvclock_own_area()->flags, (u8)~PVCLOCK_GUEST_STOPPED, __ATOMIC_SEQ_CST);
}

/* What has the host write all of the structure anew. */
static void have_updated(void *unused)
{
	exit_to_userspace();
	pvclock_use_new(unused);
}

static void on_few_cpus(void (*work)(void *argument))
{
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		smp_call(i, work, NULL);
}

static void pause_vm(void)
{
	struct channel_pause pause;

	channel_pause(PAUSE_MS, &pause);
	EXPECT_GE(pause.stood_ns, (u64)PAUSE_MS * 1000000);
}

/*
 * KVM notes the request for each vCPU, and sets the flag when that vCPU enters the guest. QEMU asks for every vCPU when it
 * lets the VM go on; a VMM that asked for vCPU 0 alone would leave the others' watchdogs to bark. [K35]
 */
TEST(paused, flag_is_set_on_every_vcpu)
{
	on_few_cpus(stood_register);
	stood_expect_flags(0);
	pause_vm();
	stood_expect_flags(PVCLOCK_GUEST_STOPPED);
}

/*
 * The guest clears the flag once it has seen it. KVM takes its request back when it has set the flag, or the flag would come
 * back with the next update. [K36]
 */
TEST(paused, flag_stays_clear_until_the_next_pause)
{
	on_few_cpus(stood_register);
	pause_vm();
	on_few_cpus(clear_flag);
	stood_expect_flags(0);
	on_few_cpus(have_updated);
	stood_expect_flags(0);
	pause_vm();
	stood_expect_flags(PVCLOCK_GUEST_STOPPED);
}

/* A watchdog may look only seconds later. KVM writes the whole structure at each update, and has to keep the flag. [K39] */
TEST(paused, flag_outlives_updates)
{
	on_few_cpus(stood_register);
	pause_vm();
	on_few_cpus(have_updated);
	stood_expect_flags(PVCLOCK_GUEST_STOPPED);
}

/* KVM refuses the request while the vCPU has no area, so nothing may be left of it for an area that comes later. [K37] */
TEST(paused, vcpu_without_an_area_gets_no_flag_later, .needs.cpus = 2)
{
	stood_register(NULL);
	pause_vm();
	smp_call(1, stood_register, NULL);
	EXPECT_EQ(stood_flag(0), PVCLOCK_GUEST_STOPPED);
	EXPECT_EQ(stood_flag(1), 0u);
}

static void expect_not_stable(void *unused)
{
	(void)unused;
	EXPECT_EQ(READ_ONCE(pvclock_own_area()->flags) & PVCLOCK_TSC_STABLE_BIT, 0);
}

/* Each of the two flags says something else. The legacy number on vCPU 0 has cleared the other one for all. [K70] */
TEST(paused, flag_does_not_bring_the_stable_one, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE))
{
	on_few_cpus(stood_register);
	pvclock_use_legacy(NULL);
	pause_vm();
	on_few_cpus(expect_not_stable);
	stood_expect_flags(PVCLOCK_GUEST_STOPPED);
}

SUITE(paused, .contract = "api.rst, KVM_KVMCLOCK_CTRL; msr.rst",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2), .needs.conditions = NEED_CHANNEL);
