/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults: bits that others need beside them.
 *
 * Contract: delivery by interrupt enables nothing without KVM_ASYNC_PF_ENABLED, whatever the address. In an acknowledgement bit 0
 *           alone requests the next event.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN and _ACK; arch/x86/kvm/x86.c, kvm_pv_async_pf_enabled() and kvm_set_msr_common().
 * How:      with "wake all", the event that needs no missing page (x86/kvm/apf.h). The suite begins in async_pf.c.
 * Needs:    the features; a local APIC in the kernel.
 * Cannot show: what a host makes of bits that have no meaning yet.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/platform/port80.h"

#define NOT_RAM	     (1ull << 45)
#define BY_INTERRUPT (KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)
#define UNTAKEN	     0x1234u

/* Exits, and a HLT, after each of which a host could deliver more. */
static void exit_often(void)
{
	for (int i = 0; i < 3; i++)
		exit_to_userspace();
	timer_sleep(NS_PER_MS / 10);
}

/* KVM wants both bits (kvm_pv_async_pf_enabled()), keeps the value all the same, and does not look at the address. [A49] */
TEST(async_pf, without_the_enable_bit_nothing_comes)
{
	const u64 value = (u64)&apf_area | KVM_ASYNC_PF_DELIVERY_AS_INT | KVM_ASYNC_PF_SEND_ALWAYS;

	apf_enable(0);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, value));
	EXPECT_EQ(rdmsr(MSR_KVM_ASYNC_PF_EN), value);
	exit_often();
	EXPECT_EQ(apf_area.token, 0);
	EXPECT_EQ(apf_seen.wake_all_count, 1); /* that of apf_enable() */
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, NOT_RAM | KVM_ASYNC_PF_DELIVERY_AS_INT));
}

/*
 * An event waits, since the area has a token. When that is zeroed nothing makes KVM look, until the guest acknowledges. msr.rst:
 * a guest is "supposed to write '1' to bit 0 of the MSR, this causes the host to re-scan its queue". [A50]
 */
TEST(async_pf, only_bit_0_of_an_acknowledgement_counts)
{
	apf_enable(0);
	WRITE_ONCE(apf_area.token, UNTAKEN);
	wrmsr(MSR_KVM_ASYNC_PF_EN, (u64)&apf_area | BY_INTERRUPT);
	exit_often();
	EXPECT_EQ(READ_ONCE(apf_area.token), UNTAKEN);
	WRITE_ONCE(apf_area.token, 0);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, ~1ull);
	exit_often();
	EXPECT_EQ(READ_ONCE(apf_seen.wake_all_count), 1);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(apf_seen.wake_all_count) == 2, APF_READY_MS),
		    "got no wake-all event within %u ms of the acknowledgement, want one", APF_READY_MS);
}
