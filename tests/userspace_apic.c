/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PV features that need the local APIC, when that is in the VMM and not in the kernel.
 *
 * Contract: KVM then refuses all values but 0 for MSR_KVM_ASYNC_PF_EN, and every value for
 *           MSR_KVM_ASYNC_PF_INT, with #GP; ignores acknowledgements; never writes the PV EOI word,
 *           although it accepts its address; returns -KVM_EOPNOTSUPP for KVM_HC_SEND_IPI; and wakes
 *           no vCPU for KVM_HC_KICK_CPU, although it returns 0.
 * Source:   arch/x86/kvm/x86.c and lapic.c: lapic_in_kernel(), and apic_map, which is NULL.
 * How:      by using each feature as if it worked.
 * Needs:    a VM without a local APIC in the kernel (QEMU: kernel-irqchip=off), as lapic=vmm says; else see
 *           x86/kvm/lapic.c.
 * Cannot show: that kicks wake no vCPU, since QEMU 7.2 can run one vCPU only in this way.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

#define VECTOR	   0x51
#define INTERRUPTS 10

static unsigned int taken;

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	taken++;
	apic_eoi();
	return true;
}

/*
 * "Page ready" needs KVM's local APIC. Without one KVM refuses to enable it, but must accept 0, which every reset of
 * the VM writes. [A12]
 */
TEST(userspace_apic, async_page_faults_cannot_be_asked_for)
{
	u64 value;

	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_EN, KVM_ASYNC_PF_ENABLED));
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, 0));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_INT, 0));
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_INT, VECTOR));
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_ACK, 1));
	EXPECT_NO_FAULT(rdmsr_safe(MSR_KVM_ASYNC_PF_ACK, &value));
}

/*
 * KVM ends interrupts through the word in its own local APIC only. Without one it accepts the address, and must leave
 * the word alone. [E16]
 */
TEST(userspace_apic, the_pv_eoi_word_is_never_written)
{
	static u32 word;

	memset(&word, FILLER, sizeof(word));
	taken = 0;
	trap_set_handler(VECTOR, on_interrupt);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)&word | KVM_MSR_ENABLED));
	for (unsigned int i = 1; i <= INTERRUPTS; i++) {
		apic_send(this_cpu()->apic_id, VECTOR | APIC_INT_ASSERT);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(taken) >= i, APIC_DELIVERY_MS),
			    "got %u interrupts, want %u", taken, i);
	}
	EXPECT_BYTES(&word, FILLER, sizeof(word));
}

/*
 * KVM delivers through the table of its local APICs. In 2018 it used that table without a check that there is one
 * (CVE-2018-19406). [I13]
 */
TEST(userspace_apic, ipis_are_not_supported, .needs.conditions = NEED_HYPERCALLS)
{
	EXPECT_EQ(hypercall(KVM_HC_SEND_IPI, 1, 0, this_cpu()->apic_id, VECTOR), -KVM_EOPNOTSUPP);
	EXPECT_EQ(hypercall(KVM_HC_SEND_IPI, 0, 0, 0, VECTOR), -KVM_EOPNOTSUPP);
}

/* KVM finds no local APIC for the ID and wakes no vCPU; the result is 0 as for any absent ID. [U11] */
TEST(userspace_apic, a_kick_returns_0, .needs.conditions = NEED_HYPERCALLS)
{
	EXPECT_EQ(hypercall(KVM_HC_KICK_CPU, 0, this_cpu()->apic_id, 0, 0), 0);
}

#define SLEEP_NS  (50 * NS_PER_MS)
#define HALTS_MAX 5 /* one, and a few where the timer is early */

/*
 * Only the VMM knows when an interrupt ends a HLT, so KVM has to exit to it (__kvm_emulate_halt()). If KVM went on with the
 * next instruction instead, the vCPU would spin. A HLT may end for a reason of the host's own, but not all the time. [U19]
 */
TEST(userspace_apic, a_halt_lasts, .needs.conditions = NEED_HLT_EXITS)
{
	unsigned int halts = HALTS_MAX + 1;

	for (int i = 0; i < 5 && halts > HALTS_MAX; i++)
		halts = timer_sleep_counted(SLEEP_NS);
	EXPECT_LE(halts, HALTS_MAX);
}

SUITE(userspace_apic, .contract = "lapic_in_kernel() in arch/x86/kvm; hypercalls.rst and msr.rst",
      .needs.conditions = NEED_KVM | NEED_UNENFORCED | NEED_USERSPACE_APIC);
