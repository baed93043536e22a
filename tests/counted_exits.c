/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest cannot see, and KVM counts: exits that PV features spare, and TLB flushes.
 *
 * Contract: an interrupt's end by PV EOI's bit costs no exit, where a write to the EOI register costs one. A PV IPI costs
 *           one, to however many vCPUs it goes. A vCPU that comes back with KVM_VCPU_FLUSH_TLB set drops its translations.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN; hypercalls.rst, KVM_HC_SEND_IPI; cpuid.rst, KVM_FEATURE_PV_TLB_FLUSH. arch/x86/kvm:
 *           vcpu_enter_guest(), lapic.c, record_steal_time().
 * How:      many operations between two readings, and the least of some such differences. For the host's own interrupts are
 *           exits, too, and so is what this vCPU does to ask the runner.
 * Needs:    the channel, and a runner that may read debugfs.
 * Cannot show: that a flush takes all translations along; tests/pv_tlb_flush.c does where translations outlive an exit.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/cpu/vectors.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/told.h"
#include "x86/platform/kvm_counters.h"
#include "x86/platform/port80.h"

#define OPERATIONS 200
/* More than what else makes exits: while an emulated host takes 0.1 ms for an operation, it ticks 250 times a second. */
#define SLACK	 (OPERATIONS / 2)
#define ROUNDS	 5
#define START_MS 3000

static u64 counted_in(enum kvm_counter which, void (*operation)(void))
{
	u64 before = kvm_count(which), after;

	for (int i = 0; i < OPERATIONS; i++)
		operation();
	after = kvm_count(which);
	EXPECT_LE(before, after); /* what KVM counts, it counts up */
	return after - before;
}

static u64 least_exits_of(void (*operation)(void))
{
	u64 least = ~0ull;

	for (int i = 0; i < ROUNDS; i++)
		least = MIN(least, counted_in(KVM_COUNTER_EXITS, operation));
	return least;
}

static u32 eoi_word;
static unsigned int taken;

static bool end_by_bit(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(&eoi_word);
	pv_eoi_end(&eoi_word);
	taken++;
	return true;
}

static bool end_by_register(struct trap_frame *frame)
{
	(void)frame;
	taken++;
	apic_eoi();
	return true;
}

static void interrupt_self(void)
{
	unsigned int before = READ_ONCE(taken);

	apic_send(this_cpu()->apic_id, FIRST_TEST_VECTOR | APIC_INT_ASSERT);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
		    "got no interrupt within %u ms, want one", APIC_DELIVERY_MS);
}

static u64 exits_of_interrupts(trap_handler handler)
{
	trap_set_handler(FIRST_TEST_VECTOR, handler);
	return least_exits_of(interrupt_self);
}

/* The bit spares the exit for the EOI. KVM sets it whenever no other interrupt is pending, so nearly always here. [E24] */
TEST(counted, an_eoi_by_the_bit_spares_an_exit, .budget_ms = 30000, .needs.features = BIT(KVM_FEATURE_PV_EOI),
     .needs.conditions = NEED_NO_APICV)
{
	u64 by_register, by_bit;

	wrmsr(MSR_KVM_PV_EOI_EN, (u64)&eoi_word | KVM_MSR_ENABLED);
	by_register = exits_of_interrupts(end_by_register);
	by_bit = exits_of_interrupts(end_by_bit);
	EXPECT_LE(by_bit + SLACK, by_register);
}

static unsigned int halted;
static bool stop;

/* With interrupts off, so that an interrupt stays pending and makes no exit here: KVM leaves the vCPU halted. */
static void halt_until_told(void *unused)
{
	(void)unused;
	irq_disable();
	__atomic_add_fetch(&halted, 1, __ATOMIC_SEQ_CST);
	while (!READ_ONCE(stop))
		cpu_halt();
	irq_enable();
}

static void kick(unsigned int cpu)
{
	hypercall(KVM_HC_KICK_CPU, 0, smp_cpu(cpu)->apic_id, 0, 0);
}

static u64 others; /* a bitmap of the APIC IDs of vCPUs 1 and 2, from vCPU 1's on */

static void send_ipi(void)
{
	hypercall(KVM_HC_SEND_IPI, others, 0, smp_cpu(1)->apic_id, FIRST_TEST_VECTOR);
}

/* Where each target cost an exit, as with the local APIC's register, it were twice as many. [I26] */
TEST(counted, a_pv_ipi_to_two_vcpus_costs_one_exit, .budget_ms = 30000, .needs.cpus = 3,
     .needs.features = BIT(KVM_FEATURE_PV_SEND_IPI) | BIT(KVM_FEATURE_PV_UNHALT),
     .needs.conditions = NEED_KERNEL_LAPIC | NEED_HLT_EXITS)
{
	u64 exits;

	trap_set_handler(FIRST_TEST_VECTOR, end_by_register);
	others = 1 | BIT_ULL(smp_cpu(2)->apic_id - smp_cpu(1)->apic_id);
	halted = 0;
	stop = false;
	for (unsigned int i = 1; i <= 2; i++)
		smp_post(i, halt_until_told, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(halted) == 2, START_MS),
		    "got %u vCPUs started after %u ms, want 2", halted, START_MS);
	exits = least_exits_of(send_ipi);
	WRITE_ONCE(stop, true);
	for (unsigned int i = 1; i <= 2; i++) {
		kick(i);
		smp_wait(i);
	}
	EXPECT_GE(exits, (u64)OPERATIONS);
	EXPECT_LE(exits, (u64)OPERATIONS + SLACK);
}

static struct kvm_steal_time steal;
static u8 request;

static void leave_with_request(void)
{
	WRITE_ONCE(steal.preempted, request);
	exit_to_userspace();
}

static u64 flushes_with(u8 byte)
{
	request = byte;
	return counted_in(KVM_COUNTER_TLB_FLUSHES, leave_with_request);
}

/* An emulator drops translations at each entry, so that only the counter tells whether KVM asked for that. [T01] */
TEST(counted, a_flush_that_was_asked_for_is_done, .budget_ms = 30000,
     .needs.features = BIT(KVM_FEATURE_STEAL_TIME) | BIT(KVM_FEATURE_PV_TLB_FLUSH))
{
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	EXPECT_GE(flushes_with(KVM_VCPU_FLUSH_TLB), (u64)OPERATIONS);
	if (flushes_with(0) >= OPERATIONS)
		test_inert("the host flushes at each entry");
}

/*
 * KVM acts on KVM_VCPU_FLUSH_TLB without enforcement, whether the guest is shown the feature or not. One that does so and does not
 * offer the feature keeps it from all guests. [C22]
 */
TEST(counted, a_flush_that_is_done_is_offered, .budget_ms = 30000,
     .needs.features = BIT(KVM_FEATURE_STEAL_TIME), .needs.conditions = NEED_UNENFORCED)
{
	bool offered;

	if (!told.kvm_features.known)
		test_skip(UNMET_SETTING, "kvm-features=MASK");
	offered = told.kvm_features.value & BIT(KVM_FEATURE_PV_TLB_FLUSH);
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&steal | KVM_MSR_ENABLED);
	EXPECT_TRUE(offered || flushes_with(KVM_VCPU_FLUSH_TLB) < OPERATIONS || flushes_with(0) >= OPERATIONS,
		    "bit %u of what KVM offers: got 0, want 1, as KVM flushes where KVM_VCPU_FLUSH_TLB is set",
		    KVM_FEATURE_PV_TLB_FLUSH);
}
