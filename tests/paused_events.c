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
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/told.h"
#include "x86/platform/channel.h"

#define PAUSE_MS 100
#define PAUSES	 5
/* As in pv_unhalt.c: a vCPU may be off its CPU for 100 ms, several times; and a HLT may end for a reason of the host's. */
#define WAKE_MS	 1000
#define FLOOD_MS 5000 /* until an interrupt arrives, with a pause of the VM on a busy host in between */
#define SLEEP_NS (2 * NS_PER_MS)
#define TRIES	 5
#define VECTORS	 3
/* On a busy host a pause of 100 ms may take a second. */
#define MANY_PAUSES_MS 30000
#define VECTOR(i)      ((u8)(FIRST_TEST_VECTOR + 0x11 * (i)))

#define KICKS                                                                                       \
	.needs.features = BIT(KVM_FEATURE_PV_UNHALT), .needs.cpus = 2, .budget_ms = MANY_PAUSES_MS, \
	.needs.conditions = NEED_HYPERCALLS | NEED_HLT_EXITS

static unsigned int taken[256];
static bool ready, go, woke;

static void pause_vm(void)
{
	struct channel_pause pause;

	channel_pause(PAUSE_MS, &pause);
}

static bool count_interrupt(struct trap_frame *frame)
{
	WRITE_ONCE(taken[frame->vector], taken[frame->vector] + 1);
	apic_eoi();
	return true;
}

static void start(void (*work)(void *argument), void *argument)
{
	ready = go = woke = false;
	smp_post(1, work, argument);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready), WAKE_MS),
		    "got vCPU 1 not started after %u ms, want it running", WAKE_MS);
	timer_spin(SLEEP_NS);
}

/* The local APIC keeps what is pending in memory of KVM's, and of QEMU's if that emulates it. */
TEST(paused, pending_interrupts_arrive_once_each)
{
	for (unsigned int i = 0; i < VECTORS; i++) {
		taken[VECTOR(i)] = 0;
		trap_set_handler(VECTOR(i), count_interrupt);
	}
	irq_disable();
	for (unsigned int i = 0; i < VECTORS; i++)
		apic_send(apic_id(), APIC_INT_ASSERT | VECTOR(i));
	pause_vm();
	for (unsigned int i = 0; i < VECTORS; i++) {
		EXPECT_EQ(taken[VECTOR(i)], 0u);
		EXPECT_TRUE(apic_vector_bit(APIC_IRR, VECTOR(i)),
			    "vector %#x: got it not pending, want it pending", VECTOR(i));
	}
	irq_enable();
	for (unsigned int i = 0; i < VECTORS; i++) {
		EXPECT_TRUE(timer_wait_until(READ_ONCE(taken[VECTOR(i)]), WAKE_MS),
			    "vector %#x: got no interrupt within %u ms, want one", VECTOR(i), WAKE_MS);
		EXPECT_LE(taken[VECTOR(i)], told_interrupts_max(1));
	}
}

static u64 slept_ns;

static void sleep(void *argument)
{
	const u64 *ns = argument;
	u64 began = timer_ns();

	WRITE_ONCE(ready, true);
	timer_sleep(*ns);
	slept_ns = timer_ns() - began;
	WRITE_ONCE(woke, true);
}

/* KVM's timer of a local APIC is one of the host's, which runs out while nothing can take its interrupt; or later. */
TEST(paused, a_timer_that_runs_out_in_a_pause_or_after_it_fires, .needs.cpus = 2)
{
	static const u64 times[] = {PAUSE_MS * NS_PER_MS / 2, 3 * PAUSE_MS * NS_PER_MS};

	for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
		u64 ns = times[i];

		start(sleep, &ns);
		pause_vm();
		ASSERT_TRUE(timer_wait_until(READ_ONCE(woke), 3 * PAUSE_MS + WAKE_MS),
			    "a timer of %u ms: got no interrupt within %u ms after the pause, want one",
			    (unsigned int)(ns / NS_PER_MS), 3 * PAUSE_MS + WAKE_MS);
		smp_wait(1);
		EXPECT_GE(slept_ns, ns);
	}
}

static void kick_vcpu_1(void)
{
	EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(1)->apic_id, 0, 0), 0);
}

/* Work of vCPU 1, with interrupts off: only a kick ends the HLT. vCPU 0's watchdog is for both. */
static void halt_at_once(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(ready, true);
	cpu_halt();
	WRITE_ONCE(woke, true);
}

static void halt_when_told(void *argument)
{
	(void)argument;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(ready, true);
	while (!READ_ONCE(go))
		pause();
	cpu_halt();
	WRITE_ONCE(woke, true);
}

static void expect_woken(const char *why)
{
	ASSERT_TRUE(timer_wait_until(READ_ONCE(woke), WAKE_MS),
		    "%s: got no end of vCPU 1's HLT within %u ms, want one", why, WAKE_MS);
	smp_wait(1);
}

/* To stop the VM, QEMU takes the vCPU out of KVM_RUN by a signal; it has to come back as one that is halted. [U13] */
TEST(paused, a_halted_vcpu_stays_halted_and_can_be_kicked, KICKS)
{
	bool lasted = false;

	for (int i = 0; i < TRIES && !lasted; i++) {
		start(halt_at_once, NULL);
		pause_vm();
		timer_spin(SLEEP_NS);
		lasted = !READ_ONCE(woke);
		kick_vcpu_1();
		expect_woken("a kick after the pause");
	}
	EXPECT_TRUE(lasted, "got an end of vCPU 1's HLT with each of %d pauses, want one HLT that lasts",
		    TRIES);
}

/*
 * The kick is latched in pv_unhalted, which KVM_GET_MP_STATE takes for a halted vCPU alone. Something else may take the kick
 * along; that is rare. [U14]
 */
TEST(paused, a_kick_before_the_pause_ends_the_halt_after_it, KICKS)
{
	bool ended = false;

	for (int i = 0; i < TRIES && !ended; i++) {
		start(halt_when_told, NULL);
		kick_vcpu_1();
		pause_vm();
		WRITE_ONCE(go, true);
		ended = timer_wait_until(READ_ONCE(woke), WAKE_MS);
		if (!ended)
			kick_vcpu_1();
		expect_woken("a kick after the HLT");
	}
	EXPECT_TRUE(
		ended,
		"a kick before the pause: got no end of vCPU 1's next HLT within %u ms in each of %d tries, want one",
		WAKE_MS, TRIES);
}

static unsigned int sent;

/* Each is sent when the one before has arrived, so that none may coalesce. */
static void flood(void *argument)
{
	(void)argument;
	WRITE_ONCE(ready, true);
	for (sent = 0; !READ_ONCE(go); sent++) {
		apic_send(smp_cpu(0)->apic_id, APIC_INT_ASSERT | VECTOR(0));
		if (!timer_wait_until(READ_ONCE(taken[VECTOR(0)]) > sent, FLOOD_MS))
			return;
	}
	WRITE_ONCE(woke, true);
}

/* The pauses hit anywhere between the sender's write to its APIC and the end of the interrupt. */
TEST(paused, no_interrupt_is_lost_when_pauses_hit_a_flood, .budget_ms = MANY_PAUSES_MS, .needs.cpus = 2)
{
	taken[VECTOR(0)] = 0;
	trap_set_handler(VECTOR(0), count_interrupt);
	start(flood, NULL);
	for (int i = 0; i < PAUSES && !smp_idle(1); i++)
		pause_vm();
	WRITE_ONCE(go, true);
	smp_wait(1);
	EXPECT_TRUE(woke, "got no interrupt %u within %u ms, want one", sent + 1, FLOOD_MS);
	EXPECT_GT(sent, (unsigned int)PAUSES);
	EXPECT_LE(taken[VECTOR(0)], told_interrupts_max(sent));
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
