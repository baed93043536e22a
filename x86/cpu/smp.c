/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/smp.h"

#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_msr.h"
#include "x86/platform/acpi.h"

/* Sizes in pages; one more page below each stays unmapped, so that an overflow is noticed. */
#define STACK_PAGES	  4
#define SMALL_STACK_PAGES 2

/*
 * A virtual processor starts within microseconds, unless its thread does not get a CPU: a vCPU may be off its CPU for
 * 100 ms at any time, and on a host with more vCPUs than CPUs it often is.
 */
#define START_MS       2000
#define START_LOST_MS  10000 /* once vCPUs that do not start have cost so much, others get START_SHORT_MS */
#define START_SHORT_MS 100
#define EVICT_MS       2000 /* long enough to write its registers to a slow console */
/* The others' watchdogs end later than the boot processor's, whose report comes first: it runs the test. */
#define WATCHDOG_GRACE_MS 1000

extern const u8 trampoline_start[], trampoline_end[];
extern u8 trampoline_cpu[];

static struct cpu boot_cpu;
static struct cpu *cpus[SMP_CPUS_MAX] = {&boot_cpu};
static unsigned int online = 1;
static unsigned int present = 1;

unsigned int smp_cpus_online(void)
{
	return online;
}

unsigned int smp_cpus_present(void)
{
	return present;
}

struct cpu *smp_cpu(unsigned int index)
{
	return cpus[index];
}

/* The top of a new stack with a guard page below, or 0. */
static u64 stack_alloc(unsigned int pages)
{
	u8 *bottom = pages_alloc(pages + 1);

	if (!bottom)
		return 0;
	paging_unmap(bottom);
	return (u64)bottom + (pages + 1ull) * PAGE_SIZE;
}

static bool init_cpu(struct cpu *cpu, unsigned int index, u32 apic_id)
{
	u64 ist[IST_COUNT];

	cpu->self = cpu;
	cpu->index = index;
	cpu->apic_id = apic_id;
	cpu->stack_top = stack_alloc(STACK_PAGES);
	cpu->user_stack_top = stack_alloc(STACK_PAGES);
	for (int i = 0; i < IST_COUNT; i++)
		ist[i] = stack_alloc(SMALL_STACK_PAGES);
	segments_init(cpu, ist);
	return ist[IST_COUNT - 1] != 0; /* pages are never freed: if this one was allocated, all were */
}

void smp_init_boot_cpu(void)
{
	init_cpu(&boot_cpu, 0, 0);
	boot_cpu.online = true;
	segments_load(&boot_cpu);
}

void smp_send_init(unsigned int index)
{
	WRITE_ONCE(cpus[index]->online, false);
	apic_send(cpus[index]->apic_id, APIC_DM_INIT | APIC_INT_ASSERT | APIC_INT_LEVELTRIG);
	apic_send(cpus[index]->apic_id, APIC_DM_INIT | APIC_INT_LEVELTRIG);
}

void smp_send_nmi(unsigned int index)
{
	__atomic_store_n(&cpus[index]->kernel_nmi, true, __ATOMIC_SEQ_CST);
	apic_send(cpus[index]->apic_id, APIC_DM_NMI | APIC_INT_ASSERT);
}

static volatile u32 *trampoline_slot(void)
{
	return (volatile u32 *)(TRAMPOLINE_ADDRESS + (u64)(trampoline_cpu - trampoline_start));
}

static bool startup_within(unsigned int index, unsigned int ms)
{
	struct cpu *cpu = cpus[index];

	WRITE_ONCE(cpu->online, false);
	cpu->rescue_rsp = 0;
	cpu->trap_reports = 0;
	cpu->watchdog_at = 0;
	cpu->wake_at = 0;
	__atomic_store_n(trampoline_slot(), (u32)(u64)cpu, __ATOMIC_SEQ_CST);
	/*
	 * Twice, as the MultiProcessor Specification demands. If a second INIT arrives while KVM still processes
	 * the first, KVM may use up the first STARTUP for it, and the processor waits for another.
	 */
	for (int i = 0; i < 2; i++) {
		apic_send(cpu->apic_id, APIC_DM_STARTUP | APIC_INT_ASSERT | TRAMPOLINE_ADDRESS / PAGE_SIZE);
		if (timer_wait_until(READ_ONCE(cpu->online), ms / 2))
			return true;
	}
	/* A processor that starts too late must not find its structure. */
	__atomic_store_n(trampoline_slot(), 0, __ATOMIC_SEQ_CST);
	return READ_ONCE(cpu->online);
}

bool smp_startup(unsigned int index)
{
	return startup_within(index, START_MS);
}

bool smp_reinit(unsigned int index)
{
	smp_send_init(index);
	WRITE_ONCE(cpus[index]->work, NULL);
	return smp_startup(index);
}

/* This interrupt only ends the HLT. */
static bool on_wake(struct trap_frame *frame)
{
	(void)frame;
	apic_eoi();
	return true;
}

void smp_start_all(void)
{
	static u32 ids[SMP_CPUS_MAX];
	const struct acpi_header *madt = acpi_find("APIC");
	size_t count = madt ? acpi_madt_apic_ids(madt, ids, SMP_CPUS_MAX) : 0;
	unsigned int lost_ms = 0;

	boot_cpu.apic_id = apic_id();
	if (count > SMP_CPUS_MAX) {
		test_run_error("the MADT lists %zu processors; no more than %u are used", count,
			       SMP_CPUS_MAX);
		count = SMP_CPUS_MAX;
	}
	present = MAX((unsigned int)count, 1u);
	pv_msr_snapshot();
	trap_set_kernel_handler(WAKE_VECTOR, on_wake);

	memcpy((void *)TRAMPOLINE_ADDRESS, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	for (size_t i = 0; i < count; i++) {
		unsigned int ms = lost_ms < START_LOST_MS ? START_MS : START_SHORT_MS;
		struct cpu *cpu;

		if (ids[i] == boot_cpu.apic_id)
			continue;
		cpu = pages_alloc((sizeof(*cpu) + PAGE_SIZE - 1) / PAGE_SIZE);
		if (!cpu || !init_cpu(cpu, online, ids[i])) {
			test_run_error("no memory to start the vCPU with APIC ID %u", ids[i]);
			return;
		}
		cpus[online] = cpu;
		smp_send_init(online);
		if (startup_within(online, ms)) {
			online++;
			continue;
		}
		lost_ms += ms;
		test_run_error("the vCPU with APIC ID %u does not start", ids[i]);
	}
}

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
	const struct cpu *boot = &boot_cpu;
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
	struct cpu *cpu = cpus[index];

	ASSERT_TRUE(smp_idle(index), "vCPU %u already has work", index);
	cpu->argument = argument;
	__atomic_store_n(&cpu->work, work, __ATOMIC_SEQ_CST);
	apic_send(cpu->apic_id, WAKE_VECTOR | APIC_INT_ASSERT);
}

bool smp_idle(unsigned int index)
{
	return !__atomic_load_n(&cpus[index]->work, __ATOMIC_SEQ_CST);
}

bool smp_wait(unsigned int index)
{
	while (!smp_idle(index))
		pause();
	return cpus[index]->work_ended;
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
	for (unsigned int i = 0; i < online; i++)
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
	struct cpu *cpu = cpus[index];
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
	for (unsigned int i = 1; i < online; i++) {
		struct cpu *cpu = cpus[i];

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
