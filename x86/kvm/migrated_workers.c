/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/migrated_workers.h"

#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/migrated_vm.h"
#include "x86/kvm/pv_areas.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_events.h"

#define START_MS  1000
#define SETTLE_NS (2 * NS_PER_MS)
#define SLEEP_NS  (2000 * NS_PER_MS) /* longer than it takes from here to the migration */
#define VECTOR(i) ((u8)(0x81 + 0x10 * (i)))

static struct {
	bool ready, stop; /* the reader */
	bool halts, halted, woke; /* the vCPU that halts */
	bool sleeps, slept;
	unsigned int taken[256];
} state;

/* PV EOI is on. */
static bool count_interrupt(struct trap_frame *frame)
{
	WRITE_ONCE(state.taken[frame->vector], state.taken[frame->vector] + 1);
	pv_eoi_end(&pv_areas[this_cpu()->index].eoi);
	return true;
}

static unsigned int pending(void)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < MIGRATED_VECTORS; i++)
		bits |= (unsigned int)apic_vector_bit(APIC_IRR, VECTOR(i)) << i;
	return bits;
}

static unsigned int all_taken(void)
{
	unsigned int bits = 0;

	for (unsigned int i = 0; i < MIGRATED_VECTORS; i++)
		bits |= (unsigned int)(READ_ONCE(state.taken[VECTOR(i)]) > 0) << i;
	return bits;
}

static void read_clock(void *unused)
{
	struct migrated_vm *m = &migrated_vm;
	u64 last, now, backward = 0;

	(void)unused;
	timer_watchdog_stop();
	irq_disable();
	for (unsigned int i = 0; i < MIGRATED_VECTORS; i++)
		apic_send(apic_id(), APIC_INT_ASSERT | VECTOR(i));
	m->pending_before = pending();
	last = pvclock_now(pvclock_own_area());
	WRITE_ONCE(state.ready, true);
	for (; !READ_ONCE(state.stop); m->readings++) {
		now = pvclock_now(pvclock_own_area());
		if (now < last)
			backward = MAX(backward, last - now);
		last = now;
	}
	m->backward_ns = MAX(m->backward_ns, backward);
	m->pending_after = pending();
	m->pending_taken_early = all_taken();
	irq_enable();
	timer_wait_until(all_taken() == BIT(MIGRATED_VECTORS) - 1, STOOD_WAKE_MS);
	for (unsigned int i = 0; i < MIGRATED_VECTORS; i++)
		m->pending_taken[i] = state.taken[VECTOR(i)];
}

static void halt(void *unused)
{
	(void)unused;
	timer_watchdog_stop();
	irq_disable();
	WRITE_ONCE(state.halted, true);
	cpu_halt();
	WRITE_ONCE(state.woke, true);
}

static void sleep(void *unused)
{
	u64 began = timer_ns();

	(void)unused;
	WRITE_ONCE(state.sleeps, true);
	timer_sleep(SLEEP_NS);
	migrated_vm.slept_ns = timer_ns() - began;
	WRITE_ONCE(state.slept, true);
}

bool migrated_sleeper_woke(void)
{
	return READ_ONCE(state.slept);
}

static void start(int cpu, void (*work)(void *unused), const bool *there)
{
	smp_post((unsigned int)cpu, work, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(*there), START_MS),
		    "got vCPU %d not started after %u ms, want it running", cpu, START_MS);
}

void migrated_start_workers(void)
{
	memset(&state, 0, sizeof(state));
	for (unsigned int i = 0; i < MIGRATED_VECTORS; i++)
		trap_set_handler(VECTOR(i), count_interrupt);
	migrated_vm.sleep_ns = SLEEP_NS;
	state.halts = kvm_has(KVM_FEATURE_PV_UNHALT);
	start(MIGRATED_READER, read_clock, &state.ready);
	if (state.halts)
		start(MIGRATED_HALTED, halt, &state.halted);
	start(MIGRATED_SLEEPS, sleep, &state.sleeps);
	timer_spin(SETTLE_NS);
}

static void end_halt(void)
{
	struct migrated_vm *m = &migrated_vm;

	timer_spin(SETTLE_NS);
	m->halt_lasted = !READ_ONCE(state.woke);
	m->kicked = !hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(MIGRATED_HALTED)->apic_id, 0, 0) &&
		    timer_wait_until(READ_ONCE(state.woke), STOOD_WAKE_MS);
	if (m->kicked)
		smp_wait(MIGRATED_HALTED);
}

void migrated_end_workers(void)
{
	WRITE_ONCE(state.stop, true);
	smp_wait(MIGRATED_READER);
	if (state.halts)
		end_halt();
	if (timer_wait_until(READ_ONCE(state.slept), SLEEP_NS / NS_PER_MS + STOOD_WAKE_MS))
		smp_wait(MIGRATED_SLEEPS);
}
