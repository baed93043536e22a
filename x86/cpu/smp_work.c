/* SPDX-License-Identifier: BSD-2-Clause */
/* Work for processors that run: posting it, doing it, and making all of them idle again after a test. */
#include "x86/cpu/smp.h"

#include "lib/ktap_writer.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_msr.h"

#define EVICT_MS 2000 /* long enough for a vCPU to write its registers to a slow console */
/* The others' watchdogs end later than the boot processor's, whose report comes first: it runs the test. */
#define WATCHDOG_GRACE_MS 1000

/* Runs in a rescue scope: a failure of the test on this processor ends the work, not the kernel. */
static void do_work(void *argument)
{
	struct cpu *cpu = argument;

	irq_enable();
	if (READ_ONCE(cpu->evict)) /* the test is over already */
		rescue_leave();
	cpu->work(cpu->argument);
}

static void run_work(struct cpu *cpu)
{
	const struct cpu *boot = smp_cpu(0);
	u64 deadline = READ_ONCE(boot->watchdog_at);
	u64 now = rdtsc();
	u64 left_ms = deadline > now ? timer_tsc_to_ns(deadline - now) / NS_PER_MS : 0;

	if (deadline)
		timer_watchdog_start((unsigned int)left_ms + WATCHDOG_GRACE_MS);
	cpu->work_ended = rescue_run(do_work, cpu);
	irq_disable();
	timer_watchdog_stop();
	__atomic_store_n(&cpu->work, NULL, __ATOMIC_SEQ_CST);
}

_Noreturn static void idle(struct cpu *cpu)
{
	for (;;) {
		irq_disable();
		if (__atomic_load_n(&cpu->work, __ATOMIC_SEQ_CST)) {
			run_work(cpu);
			continue;
		}
		if (cpu->index == SMP_WATCHER)
			timer_watch_boot_cpu();
		irq_enable_and_halt();
	}
}

static void init_apic(struct cpu *cpu)
{
	apic_init();
	timer_cpu_init();
	cpu->apic_written = false;
}

void smp_ap_main(struct cpu *cpu)
{
	segments_load(cpu);
	trap_load();
	init_apic(cpu);
	if (!cpu->started_before) {
		cpu->started_before = true;
		pv_msr_snapshot();
	}
	__atomic_store_n(&cpu->online, true, __ATOMIC_SEQ_CST);
	idle(cpu);
}

void smp_post(unsigned int index, void (*work)(void *argument), void *argument)
{
	struct cpu *cpu = smp_cpu(index);

	ASSERT_TRUE(smp_idle(index), "got vCPU %u at work already, want it idle", index);
	cpu->argument = argument;
	__atomic_store_n(&cpu->work, work, __ATOMIC_SEQ_CST);
	apic_send(cpu->apic_id, WAKE_VECTOR | APIC_INT_ASSERT);
}

bool smp_idle(unsigned int index)
{
	return !__atomic_load_n(&smp_cpu(index)->work, __ATOMIC_SEQ_CST);
}

bool smp_wait(unsigned int index)
{
	while (!smp_idle(index))
		pause();
	return smp_cpu(index)->work_ended;
}

bool smp_call(unsigned int index, void (*work)(void *argument), void *argument)
{
	if (index == this_cpu()->index) {
		work(argument);
		return true;
	}
	smp_post(index, work, argument);
	return smp_wait(index);
}

void smp_call_all(void (*work)(void *argument), void *argument)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		smp_call(i, work, argument);
}

static void restore_cpu(void *argument)
{
	struct cpu *cpu = this_cpu();

	(void)argument;
	pv_msr_restore();
	if (cpu->apic_written)
		init_apic(cpu);
	if (cpu->interrupts_taken)
		apic_end_interrupts();
	cpu->interrupts_taken = false;
}

static void restart(unsigned int index)
{
	if (!smp_reinit(index))
		test_run_error("vCPU %u does not come back after INIT and STARTUP", index);
}

/* Wait for the NMI even if the work has ended without it: otherwise the NMI would hit the next test. */
static void bring_back(unsigned int index)
{
	struct cpu *cpu = smp_cpu(index);
	unsigned int nmis = READ_ONCE(cpu->nmis);
	bool back;

	test_report(VERDICT_FAIL, NULL, 0, "vCPU %u still runs work of the test, which is over", index);
	WRITE_ONCE(cpu->evict, true);
	smp_send_nmi(index);
	back = timer_wait_until(READ_ONCE(cpu->nmis) != nmis && smp_idle(index), EVICT_MS);
	WRITE_ONCE(cpu->evict, false);
	if (back)
		return;
	ktap_note("vCPU %u did not stop within %u ms of an NMI; restarting it with INIT and STARTUP", index,
		  EVICT_MS);
	restart(index);
}

void smp_restore(void)
{
	for (unsigned int i = 1; i < smp_cpus_online(); i++) {
		struct cpu *cpu = smp_cpu(i);

		/* It waits for STARTUP, or hangs, or its APIC may block the interrupt that ends its HLT. */
		if (!READ_ONCE(cpu->online) || cpu->apic_written)
			restart(i);
		else if (!smp_idle(i))
			bring_back(i);
		if (cpu->pv_msrs_written || cpu->interrupts_taken)
			smp_call(i, restore_cpu, NULL);
	}
	restore_cpu(NULL);
}
