/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/stood_events.h"

#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/told.h"

#define WAKE_MS	  STOOD_WAKE_MS
#define FLOOD_MS  5000 /* until an interrupt arrives, with a pause of the VM on a busy host in between */
#define SLEEP_NS  (2 * NS_PER_MS)
#define TRIES	  5
#define VECTORS	  3
#define VECTOR(i) ((u8)(FIRST_TEST_VECTOR + 0x11 * (i)))

static unsigned int taken[256];
static bool ready, go, woke;

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

void stood_check_pending(void (*stand)(void))
{
	for (unsigned int i = 0; i < VECTORS; i++) {
		taken[VECTOR(i)] = 0;
		trap_set_handler(VECTOR(i), count_interrupt);
	}
	irq_disable();
	for (unsigned int i = 0; i < VECTORS; i++)
		apic_send(apic_id(), APIC_INT_ASSERT | VECTOR(i));
	stand();
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

void stood_start_sleeper(u64 *ns)
{
	start(sleep, ns);
}

bool stood_sleeper_woke(void)
{
	return READ_ONCE(woke);
}

u64 stood_slept_ns(void)
{
	return slept_ns;
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

void stood_check_halted(void (*stand)(void))
{
	bool lasted = false;

	for (int i = 0; i < TRIES && !lasted; i++) {
		start(halt_at_once, NULL);
		stand();
		timer_spin(SLEEP_NS);
		lasted = !READ_ONCE(woke);
		kick_vcpu_1();
		expect_woken("a kick afterwards");
	}
	EXPECT_TRUE(lasted, "got an end of vCPU 1's HLT in each of %d tries, want one HLT that lasts", TRIES);
}

void stood_check_kicked_before(void (*stand)(void), int tries)
{
	bool ended = false;

	for (int i = 0; i < tries && !ended; i++) {
		start(halt_when_told, NULL);
		kick_vcpu_1();
		stand();
		WRITE_ONCE(go, true);
		ended = timer_wait_until(READ_ONCE(woke), WAKE_MS);
		if (!ended)
			kick_vcpu_1();
		expect_woken("a kick after the HLT");
	}
	EXPECT_TRUE(
		ended,
		"a kick before the VM stood: got no end of vCPU 1's next HLT within %u ms in each of %d tries, want one",
		WAKE_MS, tries);
}

static unsigned int sent;

/* Each is sent when the one before has arrived, so that none may coalesce. */
static void flood(void *argument)
{
	(void)argument;
	WRITE_ONCE(ready, true);
	for (; !READ_ONCE(go); WRITE_ONCE(sent, sent + 1)) {
		apic_send(smp_cpu(0)->apic_id, APIC_INT_ASSERT | VECTOR(0));
		if (!timer_wait_until(READ_ONCE(taken[VECTOR(0)]) > sent, FLOOD_MS))
			return;
	}
	WRITE_ONCE(woke, true);
}

/* A busy host may let the sender wait for its CPU. It ends by itself where an interrupt is lost. */
static void wait_for_flood(unsigned int interrupts)
{
	timer_wait_until(READ_ONCE(sent) > interrupts || smp_idle(1), FLOOD_MS);
}

void stood_check_flood(void (*stand)(void), int times)
{
	taken[VECTOR(0)] = sent = 0;
	trap_set_handler(VECTOR(0), count_interrupt);
	start(flood, NULL);
	for (int i = 0; i < times && !smp_idle(1); i++) {
		wait_for_flood((unsigned int)i);
		stand();
	}
	wait_for_flood((unsigned int)times);
	WRITE_ONCE(go, true);
	smp_wait(1);
	EXPECT_TRUE(woke, "got no interrupt %u within %u ms, want one", sent + 1, FLOOD_MS);
	EXPECT_GT(sent, (unsigned int)times);
	EXPECT_LE(taken[VECTOR(0)], told_interrupts_max(sent));
}
