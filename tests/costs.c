/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each PV operation costs: exits of the VM, and cycles of the TSC.
 *
 * Contract: none of KVM's. Features are there because of what they spare, and a host on which an operation takes more exits
 *           than on the one before is worse: comparisons say so.
 * Source:   for each operation, the file of its feature in tests/.
 * How:      many times the same operation, between two readings of KVM's counter of exits. The host's own interrupts count, too:
 *           exits are logged only where they are clearly so many for each operation.
 * Needs:    the channel, and a runner that may read debugfs.
 * Cannot show: what other guests on the host would see. Cycles are those of this run.
 */
#include "lib/format.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/cpu/vectors.h"
#include "x86/kvm/cost.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/pv_msr.h"
#include "x86/platform/port80.h"

#define START_MS 3000
#define SLEEP_NS (NS_PER_MS / 20)
/* On a busy host, an operation takes up to some ms. */
#define BUDGET_MS 30000

static struct kvm_steal_time steal;
static struct pvclock_vcpu_time_info clock;
static struct pvclock_wall_clock wall;
static u32 eoi_word;

/* What enables it; of the others, what they read. */
static u64 usual_value(const struct pv_msr *row)
{
	switch (row->msr) {
	case MSR_KVM_SYSTEM_TIME_NEW:
		return (u64)&clock | KVM_MSR_ENABLED;
	case MSR_KVM_WALL_CLOCK_NEW:
		return (u64)&wall;
	case MSR_KVM_STEAL_TIME:
		return (u64)&steal | KVM_MSR_ENABLED;
	case MSR_KVM_PV_EOI_EN:
		return (u64)&eoi_word | KVM_MSR_ENABLED;
	default:
		return rdmsr(row->msr);
	}
}

static const struct pv_msr *row;
static u64 value;

static void read_msr(u64 unused)
{
	(void)unused;
	rdmsr(row->msr);
}

static void write_msr(u64 unused)
{
	(void)unused;
	wrmsr(row->msr, value);
}

TEST(costs, msrs, .budget_ms = BUDGET_MS, .needs.conditions = NEED_USABLE_PV_MSR)
{
	char name[64];

	for (unsigned int i = 0; i < pv_msr_count; i++) {
		row = &pv_msrs[i];
		if (!pv_msr_is_usable(row))
			continue;
		value = usual_value(row);
		format(name, sizeof(name), "wrmsr-%s", row->name);
		cost_log(name, write_msr, 0);
		format(name, sizeof(name), "rdmsr-%s", row->name);
		cost_log(name, read_msr, 0);
	}
}

static void call(u64 number)
{
	hypercall(number, 0, 0, 0, 0);
}

TEST(costs, hypercalls, .budget_ms = BUDGET_MS, .needs.conditions = NEED_HYPERCALLS)
{
	cost_log("hypercall", call, KVM_HC_VAPIC_POLL_IRQ);
}

static struct kvm_clock_pairing pairing;

static void pair_clocks(u64 unused)
{
	(void)unused;
	hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0);
}

TEST(costs, clock_pairings, .budget_ms = BUDGET_MS, .needs.conditions = NEED_HYPERCALLS)
{
	if (hypercall(KVM_HC_CLOCK_PAIRING, (u64)&pairing, KVM_CLOCK_PAIRING_WALLCLOCK, 0, 0))
		test_skip(UNMET_HOST, "clocksource=tsc");
	cost_log("clock-pairing", pair_clocks, 0);
}

static void yield_to(u64 apic_id)
{
	hypercall(KVM_HC_SCHED_YIELD, apic_id, 0, 0, 0);
}

/* vCPU 1 is halted, so there is nothing to yield to. */
TEST(costs, yields, .budget_ms = BUDGET_MS, .needs.features = BIT(KVM_FEATURE_PV_SCHED_YIELD),
     .needs.conditions = NEED_HYPERCALLS, .needs.cpus = 2)
{
	cost_log("sched-yield", yield_to, smp_cpu(1)->apic_id);
}

static unsigned int halted;
static bool stop;

/* As in counted_exits.c: an interrupt stays pending, and makes no exit here. */
static void halt_until_told(void *unused)
{
	(void)unused;
	irq_disable();
	__atomic_add_fetch(&halted, 1, __ATOMIC_SEQ_CST);
	while (!READ_ONCE(stop))
		cpu_halt();
	irq_enable();
}

static void send_pv_ipi(u64 bitmap)
{
	hypercall(KVM_HC_SEND_IPI, bitmap, 0, 0, FIRST_TEST_VECTOR);
}

static void send_ipi(u64 apic_id)
{
	apic_send((u32)apic_id, FIRST_TEST_VECTOR | APIC_INT_ASSERT);
}

static bool end_by_register(struct trap_frame *frame)
{
	(void)frame;
	apic_eoi();
	return true;
}

/* More vCPUs than a word of the bitmap has bits are none of a test of costs. */
static u64 bitmap_of_others(void)
{
	u64 bitmap = 0;

	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		if (smp_cpu(i)->apic_id < 64)
			bitmap |= BIT_ULL(smp_cpu(i)->apic_id);
	return bitmap;
}

/* What the sender pays, while the others are halted and stay so. */
TEST(costs, ipis, .budget_ms = BUDGET_MS, .needs.cpus = 2,
     .needs.features = BIT(KVM_FEATURE_PV_SEND_IPI) | BIT(KVM_FEATURE_PV_UNHALT),
     .needs.conditions = NEED_HYPERCALLS | NEED_KERNEL_LAPIC | NEED_HLT_EXITS)
{
	unsigned int others = smp_cpus_online() - 1;

	trap_set_handler(FIRST_TEST_VECTOR, end_by_register);
	halted = 0;
	stop = false;
	for (unsigned int i = 1; i <= others; i++)
		smp_post(i, halt_until_told, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(halted) == others, START_MS),
		    "got %u vCPUs started after %u ms, want %u", halted, START_MS, others);
	cost_log("ipi-to-1-by-register", send_ipi, smp_cpu(1)->apic_id);
	cost_log("pv-ipi-to-1", send_pv_ipi, BIT_ULL(smp_cpu(1)->apic_id % 64));
	cost_log("pv-ipi-to-all-others", send_pv_ipi, bitmap_of_others());
	WRITE_ONCE(stop, true);
	for (unsigned int i = 1; i <= others; i++) {
		hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(i)->apic_id, 0, 0);
		smp_wait(i);
	}
}

static unsigned int taken;

static bool end_counted_by_register(struct trap_frame *frame)
{
	(void)frame;
	taken++;
	apic_eoi();
	return true;
}

static bool end_counted_by_bit(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_end(&eoi_word);
	taken++;
	return true;
}

static void interrupt_self(u64 unused)
{
	unsigned int before = READ_ONCE(taken);

	(void)unused;
	apic_send(this_cpu()->apic_id, FIRST_TEST_VECTOR | APIC_INT_ASSERT);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
		    "got no interrupt within %u ms, want one", APIC_DELIVERY_MS);
}

/* From the interrupt's sending to its end. */
TEST(costs, interrupts, .budget_ms = BUDGET_MS, .needs.features = BIT(KVM_FEATURE_PV_EOI))
{
	trap_set_handler(FIRST_TEST_VECTOR, end_counted_by_register);
	cost_log("interrupt-ended-by-register", interrupt_self, 0);
	wrmsr(MSR_KVM_PV_EOI_EN, (u64)&eoi_word | KVM_MSR_ENABLED);
	trap_set_handler(FIRST_TEST_VECTOR, end_counted_by_bit);
	cost_log("interrupt-ended-by-bit", interrupt_self, 0);
}

static void leave_with_request(u64 request)
{
	WRITE_ONCE(steal.preempted, (u8)request);
	exit_to_userspace();
}

/* From the exit to the entry, with a flush of the TLB or without. */
TEST(costs, tlb_flushes, .budget_ms = BUDGET_MS,
     .needs.features = BIT(KVM_FEATURE_STEAL_TIME) | BIT(KVM_FEATURE_PV_TLB_FLUSH),
     .needs.conditions = NEED_NO_XEN)
{
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	cost_log("exit-to-vmm", leave_with_request, 0);
	cost_log("exit-to-vmm-and-tlb-flush", leave_with_request, KVM_VCPU_FLUSH_TLB);
}

static void sleep(u64 ns)
{
	timer_sleep(ns);
}

/* On a slow host the timer may run out before the HLT, so that exits tell of the host's speed alone. */
static void log_halts(const char *name, u64 poll_control)
{
	struct test_cost cost;

	wrmsr(MSR_KVM_POLL_CONTROL, poll_control);
	cost = cost_of(sleep, SLEEP_NS);
	cost.exits_known = false;
	test_cost(name, &cost);
}

/* 50 us by the local APIC's timer, with what starts it and what ends its interrupt. */
TEST(costs, halts, .budget_ms = BUDGET_MS, .needs.features = BIT(KVM_FEATURE_POLL_CONTROL))
{
	log_halts("halt-that-may-poll", 1);
	log_halts("halt-that-must-not-poll", 0);
}

SUITE(costs, .contract = "none: what features spare", .needs.conditions = NEED_CHANNEL);
