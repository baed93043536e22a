/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of processors, and starting them: stacks, INIT and STARTUP. */
#include "x86/cpu/smp.h"

#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/pages.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_msr.h"
#include "x86/platform/acpi.h"

/* Sizes in pages; one more page below each stays unmapped, so that an overflow is noticed. */
#define STACK_PAGES	  4
#define SMALL_STACK_PAGES 2

/*
 * A virtual processor starts within microseconds, unless its thread does not get a CPU: a vCPU may be off its CPU for
 * 100 ms at any time, and on a host with more vCPUs than CPUs it often is. More than 2 s were seen on a host that got a fortieth
 * of a CPU. A test that waits for something else before has to have time for this in its budget.
 */
#define START_MS       4000
#define START_LOST_MS  10000 /* once vCPUs that do not start have cost so much, others get START_SHORT_MS */
#define START_SHORT_MS 100

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

void smp_send_startup(unsigned int index, u32 address)
{
	apic_send(cpus[index]->apic_id, APIC_DM_STARTUP | APIC_INT_ASSERT | address / PAGE_SIZE);
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
	for (int i = 0; i < 2; i++) {
		smp_send_startup(index, TRAMPOLINE_ADDRESS);
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
		ktap_note("%u of %zu processors are used", SMP_CPUS_MAX, count);
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

unsigned int smp_start_plugged(u32 apic_id)
{
	struct cpu *cpu = pages_alloc((sizeof(*cpu) + PAGE_SIZE - 1) / PAGE_SIZE);

	if (online == SMP_CPUS_MAX || !cpu || !init_cpu(cpu, online, apic_id))
		return 0;
	cpu->started_before = true;
	cpus[online] = cpu;
	smp_send_init(online);
	return startup_within(online, START_MS) ? online++ : 0;
}
