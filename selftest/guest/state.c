/* SPDX-License-Identifier: BSD-2-Clause */
/* State that a test leaves behind is restored before the next test. The tests are pairs: one leaves it, one checks. */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/needs.h"

#define VECTOR	    FIRST_TEST_VECTOR
#define LONG_ENOUGH 1000 /* ms, for an interrupt to arrive */

static unsigned int interrupts;

static bool count(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	apic_eoi();
	return true;
}

static bool count_without_eoi(struct trap_frame *frame)
{
	(void)frame;
	interrupts++;
	return true;
}

static void interrupt_self(void *argument)
{
	(void)argument;
	interrupts = 0;
	apic_send(this_cpu()->apic_id, VECTOR | APIC_INT_ASSERT);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(interrupts), LONG_ENOUGH), "no interrupt came");
}

TEST(state, handler_is_left)
{
	trap_set_handler(VECTOR, count);
	interrupt_self(NULL);
}

/*
 * > # vCPU 0: unexpected interrupt, vector 0x30, at rip <hex> <function>+<hex>
 * > # selftest/guest/state.c:<n>: EXPECT_TRUE(timer_wait_until(READ_ONCE(interrupts), LONG_ENOUGH)): no interrupt came [called from <here>]
 * > not ok
 */
TEST(state, handler_is_gone)
{
	interrupt_self(NULL);
}

TEST(state, interrupt_is_left_in_service)
{
	trap_set_handler(VECTOR, count_without_eoi);
	interrupt_self(NULL);
}

TEST(state, interrupt_in_service_is_over)
{
	EXPECT_TRUE(!apic_vector_bit(APIC_ISR, VECTOR), "it is still in service");
	trap_set_handler(VECTOR, count);
	interrupt_self(NULL);
}

TEST(state, interrupt_is_left_in_service_on_another_vcpu, .needs.cpus = 2)
{
	trap_set_handler(VECTOR, count_without_eoi);
	smp_call(1, interrupt_self, NULL);
}

TEST(state, interrupt_in_service_on_another_vcpu_is_over, .needs.cpus = 2)
{
	trap_set_handler(VECTOR, count);
	smp_call(1, interrupt_self, NULL);
}

static void hold_interrupts_back(void *argument)
{
	(void)argument;
	apic_write(APIC_TPR, 0xf0);
	EXPECT_EQ(apic_read(APIC_TPR), 0xf0);
}

static void disable_apic(void *argument)
{
	(void)argument;
	apic_write(APIC_SPIV, apic_read(APIC_SPIV) & ~APIC_SPIV_ENABLE);
	EXPECT_EQ(apic_read(APIC_SPIV) & APIC_SPIV_ENABLE, 0);
}

TEST(state, priority_is_left_high)
{
	hold_interrupts_back(NULL);
}

TEST(state, priority_is_low_again)
{
	EXPECT_EQ(apic_read(APIC_TPR), 0);
}

TEST(state, apic_is_left_disabled)
{
	disable_apic(NULL);
}

TEST(state, apic_is_enabled_again)
{
	trap_set_handler(VECTOR, count);
	interrupt_self(NULL);
}

TEST(state, priority_is_left_high_on_another_vcpu, .needs.cpus = 2)
{
	smp_call(1, hold_interrupts_back, NULL);
}

TEST(state, priority_is_low_again_on_another_vcpu, .needs.cpus = 2)
{
	trap_set_handler(VECTOR, count);
	smp_call(1, interrupt_self, NULL);
}

TEST(state, apic_is_left_disabled_on_another_vcpu, .needs.cpus = 2)
{
	smp_call(1, disable_apic, NULL);
}

TEST(state, apic_is_enabled_again_on_another_vcpu, .needs.cpus = 2)
{
	trap_set_handler(VECTOR, count);
	smp_call(1, interrupt_self, NULL);
}

TEST(state, flags_are_left)
{
	EXPECT_TRUE(irq_enabled(), "interrupts are off");
	__asm__ volatile("cli; std");
}

TEST(state, flags_are_as_ever)
{
	EXPECT_TRUE(irq_enabled(), "interrupts are off");
	EXPECT_EQ(read_rflags() & BIT(10), 0);
}

TEST(state, pv_msr_is_left, .needs.conditions = NEED_KVM)
{
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
}

TEST(state, pv_msr_is_restored, .needs.conditions = NEED_KVM)
{
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1);
}

static void write_pv_msr(void *argument)
{
	(void)argument;
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1);
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 0);
}

TEST(state, pv_msr_is_left_on_another_vcpu, .needs.conditions = NEED_KVM, .needs.cpus = 2)
{
	smp_call(1, write_pv_msr, NULL);
}

TEST(state, pv_msr_on_another_vcpu_is_restored, .needs.conditions = NEED_KVM, .needs.cpus = 2)
{
	smp_call(1, write_pv_msr, NULL);
}

/*
 * > # <here>: ASSERT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1): got 0, want 1
 * > not ok
 */
TEST(state, pv_msr_is_left_by_a_failure, .needs.conditions = NEED_KVM)
{
	wrmsr(MSR_KVM_POLL_CONTROL, 0);
	ASSERT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1);
}

TEST(state, pv_msr_is_restored_after_a_failure, .needs.conditions = NEED_KVM)
{
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), 1);
}

SUITE(state);
