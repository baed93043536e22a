/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/timer.h"

#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/tsc_frequency.h"
#include "x86/platform/ioapic_nmi.h"
#include "x86/platform/power.h"
#include "x86/platform/refclock.h"

#define CPUID_1_ECX_TSC_DEADLINE BIT(24)
#define CALIBRATION_NS		 (10 * NS_PER_MS)
#define FALLBACK_TSC_KHZ	 2000000
/* The watcher's period, and the time that the boot processor's own watchdog has before the watcher steps in. */
#define WATCH_PERIOD_NS (250 * NS_PER_MS)
#define WATCH_GRACE_NS	(250 * NS_PER_MS)
/* After so many periods without an effect of its NMIs the watcher gives up. */
#define WATCH_PERIODS_MAX 20

static u64 tsc_khz = FALLBACK_TSC_KHZ;
static const char *tsc_source = "guess";
static u64 apic_timer_khz; /* without TSC-deadline mode: how fast the APIC timer counts */
static bool tsc_deadline;

u64 timer_tsc_khz(void)
{
	return tsc_khz;
}

const char *timer_tsc_source(void)
{
	return tsc_source;
}

/* Split, so that neither the product overflows nor precision is lost. */
u64 timer_tsc_to_ns(u64 tsc)
{
	return tsc / tsc_khz * 1000000 + tsc % tsc_khz * 1000000 / tsc_khz;
}

u64 timer_ns_to_tsc(u64 ns)
{
	return ns / 1000000 * tsc_khz + ns % 1000000 * tsc_khz / 1000000;
}

u64 timer_ns(void)
{
	return timer_tsc_to_ns(rdtsc());
}

/* Have the timer fire at the earlier of the two deadlines. */
static void arm(const struct cpu *cpu)
{
	u64 at = cpu->watchdog_at;
	u64 now = rdtsc();

	if (cpu->wake_at && (!at || cpu->wake_at < at))
		at = cpu->wake_at;
	if (tsc_deadline) {
		wrmsr(MSR_IA32_TSC_DEADLINE, at);
	} else {
		u64 count = at > now ? timer_tsc_to_ns(at - now) * apic_timer_khz / 1000000 : 0;

		/* Too far for the 32-bit counter: it fires early, and is set again then. 0 would stop it. */
		apic_write(APIC_TIMER_ICR, at ? (u32)MIN(count + 1, (u64)UINT32_MAX) : 0);
	}
}

static void end_overdue_test(struct trap_frame *frame)
{
	this_cpu()->watchdog_at = 0;
	test_note_hang();
	trap_end_test(frame, "watchdog: the test did not finish within %lu ms", this_cpu()->watchdog_ms);
}

/* Called every WATCH_PERIOD_NS. */
static void watch(void)
{
	static u64 overdue;
	static unsigned int periods;
	const struct cpu *boot = smp_cpu(0);
	u64 deadline = READ_ONCE(boot->watchdog_at);

	if (!deadline || rdtsc() < deadline + timer_ns_to_tsc(WATCH_GRACE_NS))
		return;
	/* Periods are counted, not measured: after a pause of the machine, any amount of time may have gone by. */
	periods = deadline == overdue ? periods + 1 : 0;
	overdue = deadline;
	if (periods == WATCH_PERIODS_MAX) {
		test_run_error("vCPU 0 does not take NMIs; the run cannot continue");
		power_off(POWER_OFF_GAVE_UP);
	}
	smp_send_nmi(0);
}

static bool on_timer(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	u64 now = rdtsc();

	apic_eoi();
	if (cpu->wake_at && now >= cpu->wake_at) {
		cpu->wake_at = 0;
		if (cpu->index == SMP_WATCHER && !cpu->work)
			watch();
	}
	if (cpu->watchdog_at && now >= cpu->watchdog_at)
		end_overdue_test(frame);
	if (cpu->wake_at || cpu->watchdog_at)
		arm(cpu);
	return true;
}

/*
 * The kernel's own NMIs are a watchdog's, or another processor's request to stop, which may arrive after the work has
 * ended. Other NMIs are a test's, or from outside the VM.
 */
static bool on_nmi(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();
	bool from_pit = ioapic_nmi_taken();
	bool from_kernel = __atomic_exchange_n(&cpu->kernel_nmi, false, __ATOMIC_SEQ_CST) || from_pit;

	WRITE_ONCE(cpu->nmis, cpu->nmis + 1);
	/* The scope is being left: this processor writes its report, which may take long where a CPU is scarce. */
	if (cpu->trap_reports)
		return true;
	if (!cpu->rescue_rsp)
		return from_kernel;
	if (READ_ONCE(cpu->evict)) {
		trap_end_test(frame, "stopped by an NMI; the state was:");
		return true;
	}
	if (cpu->watchdog_at && rdtsc() >= cpu->watchdog_at) {
		end_overdue_test(frame);
		return true;
	}
	return from_kernel;
}

void timer_cpu_init(void)
{
	if (tsc_deadline) {
		apic_write(APIC_LVT_TIMER, APIC_LVT_TSC_DEADLINE | TIMER_VECTOR);
		/* In xAPIC mode the mode change is a write to memory, and has to precede the write to the MSR. */
		__asm__ volatile("mfence" : : : "memory");
	} else {
		apic_write(APIC_LVT_TIMER, TIMER_VECTOR);
		apic_write(APIC_TIMER_DCR, APIC_TIMER_DIVIDE_BY_1);
	}
}

static void measure_tsc(void)
{
	struct refclock_sample from, to;
	u64 ns;

	refclock_read(&from);
	do {
		refclock_read(&to);
		ns = refclock_ns(&from, &to);
	} while (ns < CALIBRATION_NS);
	tsc_khz = (to.tsc - from.tsc) * 1000000 / ns;
}

static void wait_for_calibration(void)
{
	timer_spin(CALIBRATION_NS);
}

/* Count the APIC timer while wait() waits. The TSC's frequency is known afterwards. */
static void measure_apic_timer(void (*wait)(void))
{
	u64 start;
	u32 count;

	apic_write(APIC_TIMER_DCR, APIC_TIMER_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	apic_write(APIC_TIMER_ICR, UINT32_MAX);
	start = rdtsc();
	count = apic_read(APIC_TIMER_CCR);
	wait();
	count -= apic_read(APIC_TIMER_CCR);
	apic_timer_khz = (u64)count * 1000000 / timer_tsc_to_ns(rdtsc() - start);
	apic_write(APIC_TIMER_ICR, 0);
}

static void calibrate(void)
{
	const char *source;
	u64 khz;

	if (refclock_name()) {
		tsc_source = refclock_name();
		measure_apic_timer(measure_tsc);
		return;
	}
	khz = tsc_frequency_khz(&source);
	if (khz) {
		tsc_khz = khz;
		tsc_source = source;
	}
	measure_apic_timer(wait_for_calibration);
}

void timer_init(void)
{
	calibrate();
	tsc_deadline = cpuid(1).ecx & CPUID_1_ECX_TSC_DEADLINE;
	trap_set_kernel_handler(TIMER_VECTOR, on_timer);
	trap_set_kernel_handler(NMI_VECTOR, on_nmi);
}

unsigned int timer_sleep_counted(u64 ns)
{
	struct cpu *cpu = this_cpu();
	bool enabled = irq_save();
	u64 until = rdtsc() + timer_ns_to_tsc(ns);
	unsigned int halts = 0;

	for (; rdtsc() < until; halts++) {
		cpu->wake_at = until;
		arm(cpu);
		irq_enable_and_halt();
		irq_disable();
	}
	cpu->wake_at = 0;
	irq_restore(enabled);
	return halts;
}

void timer_sleep(u64 ns)
{
	timer_sleep_counted(ns);
}

void timer_spin(u64 ns)
{
	u64 until = rdtsc() + timer_ns_to_tsc(ns);

	while (rdtsc() < until)
		pause();
}

void timer_watchdog_start(unsigned int ms)
{
	struct cpu *cpu = this_cpu();

	cpu->watchdog_ms = ms;
	WRITE_ONCE(cpu->watchdog_at, rdtsc() + timer_ns_to_tsc(ms * NS_PER_MS));
	arm(cpu);
	if (cpu->index == 0 && smp_cpus_online() == 1)
		ioapic_nmi_start();
}

bool timer_watchdog_stop(void)
{
	struct cpu *cpu = this_cpu();
	bool in_time = READ_ONCE(cpu->watchdog_at) != 0;

	ioapic_nmi_stop();
	WRITE_ONCE(cpu->watchdog_at, 0);
	cpu->wake_at = 0;
	arm(cpu);
	return in_time;
}

u64 timer_watchdog_hold(void)
{
	struct cpu *cpu = this_cpu();
	u64 at = READ_ONCE(cpu->watchdog_at), now = rdtsc();

	WRITE_ONCE(cpu->watchdog_at, 0);
	if (!at)
		return 0;
	return at > now ? at - now : 1;
}

void timer_watchdog_resume(u64 left)
{
	struct cpu *cpu = this_cpu();

	WRITE_ONCE(cpu->watchdog_at, left ? rdtsc() + left : 0);
	arm(cpu);
}

void timer_watch_boot_cpu(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->wake_at)
		return;
	cpu->wake_at = rdtsc() + timer_ns_to_tsc(WATCH_PERIOD_NS);
	arm(cpu);
}
