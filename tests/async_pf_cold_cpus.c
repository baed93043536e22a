/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: more than one vCPU.
 *
 * Contract: the vCPU that touched the page gets "page not present". "Page ready" is an interrupt on the vCPU whose
 *           area holds the token. A vCPU that was sent INIT gets no more events for what it touched before.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN; arch/x86/kvm/mmu/mmu.c, kvm_arch_setup_async_pf(); arch/x86/kvm/x86.c,
 *           kvm_vcpu_reset().
 * How:      vCPU 1 touches untouched pages (x86/kvm/apf.h). The suite begins in async_pf_cold.c.
 * Needs:    cold, file-backed RAM, a local APIC in the kernel, two vCPUs.
 * Cannot show: missing pages of two vCPUs at the same time; there is one record of them.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/apf.h"

static void touch_on_other_cpu(void *argument)
{
	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_touch_until_missing();
	EXPECT_NE(apf_seen.missing[0], 0u);
	test_observed("a token's low bits are %sthe vCPU's number",
		      (apf_seen.missing[0] & APF_TOKEN_VCPU_MASK) ==
				      (this_cpu()->apic_id & APF_TOKEN_VCPU_MASK) ?
			      "" :
			      "not ");
	EXPECT_TRUE(apf_becomes_ready(apf_seen.missing[0]),
		    "got no page-ready event for token %#x within %u ms, want one", apf_seen.missing[0],
		    APF_READY_MS);
}

/*
 * Each vCPU has its own queue and its own sequence of tokens. KVM keeps the tokens of two vCPUs apart by the vCPU's
 * number in each, but what is in a token is documented nowhere. [A28]
 */
TEST(async_pf_cold, another_vcpu_is_told_about_its_own_faults, .needs.cpus = 2)
{
	smp_call(1, touch_on_other_cpu, NULL);
}

/* The boot CPU's own area and vector; vCPU 1 has those of x86/kvm/apf.h. */
#define BOOT_CPU_VECTOR 0x71

static struct kvm_vcpu_pv_apf_data boot_cpu_area;
static unsigned int boot_cpu_wake_alls;
static u32 boot_cpu_token;

static bool on_boot_cpu_ready(struct trap_frame *frame)
{
	u32 token = READ_ONCE(boot_cpu_area.token);

	(void)frame;
	EXPECT_EQ(this_cpu()->index, 0);
	if (token == KVM_ASYNC_PF_WAKE_ALL)
		boot_cpu_wake_alls++;
	else if (token)
		WRITE_ONCE(boot_cpu_token, token);
	WRITE_ONCE(boot_cpu_area.token, 0);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	apic_eoi();
	return true;
}

static void enable_on_boot_cpu(void)
{
	memset(&boot_cpu_area, 0, sizeof(boot_cpu_area));
	boot_cpu_wake_alls = 0;
	boot_cpu_token = 0;
	trap_set_handler(BOOT_CPU_VECTOR, on_boot_cpu_ready);
	wrmsr(MSR_KVM_ASYNC_PF_INT, BOOT_CPU_VECTOR);
	wrmsr(MSR_KVM_ASYNC_PF_EN, (u64)&boot_cpu_area | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(boot_cpu_wake_alls), APF_READY_MS),
		    "got no wake-all event within %u ms of enabling, want one", APF_READY_MS);
}

static void touch_and_look_at_both(void *argument)
{
	u32 token;

	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_touch_until_missing();
	token = apf_seen.missing[0];
	EXPECT_TRUE(timer_wait_until(apf_is_ready(token) || READ_ONCE(boot_cpu_token) == token, APF_READY_MS),
		    "got no page-ready event for token %#x on either vCPU within %u ms, want one", token,
		    APF_READY_MS);
}

/*
 * KVM tells the vCPU that touched the page, but msr.rst says that guests should not rely on that. The vector and the
 * area must be those of one vCPU. [A28]
 */
TEST(async_pf_cold, a_ready_page_interrupts_the_vcpu_whose_area_has_its_token, .needs.cpus = 2)
{
	enable_on_boot_cpu();
	smp_call(1, touch_and_look_at_both, NULL);
	test_observed("page-ready events come to %s", boot_cpu_token ? "another vCPU than touched the page" :
								       "the vCPU that touched the page");
}

static bool touched;

static void touch_and_stay(void *argument)
{
	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_touch_many(4);
	irq_disable(); /* until INIT, or it would take the tokens that come before */
	WRITE_ONCE(touched, true);
	for (;;)
		pause();
}

/*
 * INIT must drop what is outstanding, or the host would write to memory that has another use now: kvm_vcpu_reset().
 * [A27]
 */
TEST(async_pf_cold, nothing_comes_after_init, .needs.cpus = 2)
{
	unsigned int ready;

	touched = false;
	smp_post(1, touch_and_stay, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(touched), APF_READY_MS),
		    "got vCPU 1 still at its 4 pages after %u ms, want it done", APF_READY_MS);
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	WRITE_ONCE(apf_area.token, 0);
	ready = READ_ONCE(apf_seen.ready_count);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_area.token, 0);
	EXPECT_EQ(READ_ONCE(apf_seen.ready_count), ready);
}
