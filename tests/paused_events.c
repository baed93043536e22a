/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that the VMM stops and lets go on: timers, interrupts, kicks and MSRs.
 *
 * Contract: a pause changes nothing that a vCPU can see but time. Interrupts that are pending arrive afterwards, once each; a
 *           timer that runs out meanwhile fires afterwards; a halted vCPU stays halted, and can be kicked; a kick that came
 *           before a HLT ends the HLT.
 * Source:   hypercalls.rst, KVM_HC_KICK_CPU; arch/x86/kvm: lapic.c, kvm_arch_vcpu_ioctl_get_mpstate().
 * How:      the guest asks the runner for a pause while something is under way.
 * Needs:    kvmclock, and the channel; most tests need two vCPUs.
 * Cannot show: what is lost in a moment that no pause of this run met.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/stood_events.h"
#include "x86/platform/channel.h"

#define PAUSE_MS 100
#define PAUSES	 5
#define TRIES	 5
/* On a busy host a pause of 100 ms may take a second. */
#define MANY_PAUSES_MS 30000

#define KICKS STOOD_NEEDS_KICKS, .budget_ms = MANY_PAUSES_MS

static void pause_vm(void)
{
	struct channel_pause pause;

	channel_pause(PAUSE_MS, &pause);
}

/* The local APIC keeps what is pending in memory of KVM's, and of QEMU's if that emulates it. */
TEST(paused, pending_interrupts_arrive_once_each)
{
	stood_check_pending(pause_vm);
}

/* KVM's timer of a local APIC is one of the host's, which runs out while nothing can take its interrupt; or later. */
TEST(paused, a_timer_that_runs_out_in_a_pause_or_after_it_fires, .needs.cpus = 2)
{
	static const u64 times[] = {PAUSE_MS * NS_PER_MS / 2, 3 * PAUSE_MS * NS_PER_MS};

	for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
		u64 ns = times[i];

		stood_start_sleeper(&ns);
		pause_vm();
		ASSERT_TRUE(timer_wait_until(stood_sleeper_woke(), 3 * PAUSE_MS + STOOD_WAKE_MS),
			    "a timer of %u ms: got no interrupt within %u ms after the pause, want one",
			    (unsigned int)(ns / NS_PER_MS), 3 * PAUSE_MS + STOOD_WAKE_MS);
		smp_wait(1);
		EXPECT_GE(stood_slept_ns(), ns);
	}
}

/* To stop the VM, QEMU takes the vCPU out of KVM_RUN by a signal; it has to come back as one that is halted. [U13] */
TEST(paused, a_halted_vcpu_stays_halted_and_can_be_kicked, KICKS)
{
	stood_check_halted(pause_vm);
}

/*
 * The kick is latched in pv_unhalted, which KVM_GET_MP_STATE takes for a halted vCPU alone. [U14]
 */
TEST(paused, a_kick_before_the_pause_ends_the_halt_after_it, KICKS)
{
	stood_check_kicked_before(pause_vm, TRIES);
}

/* The pauses hit anywhere between the sender's write to its APIC and the end of the interrupt. */
TEST(paused, no_interrupt_is_lost_when_pauses_hit_a_flood, .budget_ms = MANY_PAUSES_MS, .needs.cpus = 2)
{
	stood_check_flood(pause_vm, PAUSES);
}

static struct kvm_steal_time steal;
static const struct pv_msr *poll_control, *steal_time;

static void set_msrs(void *unused)
{
	(void)unused;
	if (pv_msr_is_usable(poll_control))
		wrmsr(MSR_KVM_POLL_CONTROL, 0);
	if (pv_msr_is_usable(steal_time))
		wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
}

static void expect_msrs(void *unused)
{
	(void)unused;
	if (pv_msr_is_usable(poll_control))
		EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0ull);
	if (pv_msr_is_usable(steal_time))
		EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), (u64)&steal | KVM_MSR_ENABLED);
}

/* A pause is no reset: what the guest has written stays, on each vCPU. [M11] */
TEST(paused, msrs_keep_their_values, .needs.conditions = NEED_USABLE_PV_MSR)
{
	poll_control = pv_msr_find(MSR_KVM_POLL_CONTROL);
	steal_time = pv_msr_find(MSR_KVM_STEAL_TIME);
	smp_call_all(set_msrs, NULL);
	pause_vm();
	smp_call_all(expect_msrs, NULL);
}
