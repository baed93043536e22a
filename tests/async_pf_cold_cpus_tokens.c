/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: tokens of two vCPUs.
 *
 * Contract: a token names one missing page, of all that are outstanding in the VM: "page ready" may come on another vCPU
 *           than touched the page, and has the token alone.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN: "Currently, type 2 APF events are always delivered on the same vCPU as type 1
 *           event was, but guest should not rely on that"; guest side: arch/x86/kernel/kvm.c, _find_apf_task(), which
 *           looks at the token; host: arch/x86/kvm/mmu/mmu.c, alloc_apf_token().
 * How:      both vCPUs touch untouched pages, and leave the first token in their areas, so that none of the others is
 *           reported as ready meanwhile. The suite begins in async_pf_cold.c.
 * Needs:    cold, file-backed RAM, a local APIC in the kernel, two vCPUs.
 * Cannot show: tokens that become equal when a sequence wraps, or where the two sequences are farther apart.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"

/* KVM allows 64 outstanding pages on each vCPU. */
#define PAGES 32u

static u32 first_tokens[APF_EVENTS_MAX]; /* the boot CPU's */
static struct kvm_vcpu_pv_apf_data first_area;

static void touch_and_hold(void *argument)
{
	(void)argument;
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	apf_seen.hold = true;
	ASSERT_GE(apf_touch_many(PAGES), 2u);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count), APF_READY_MS),
		    "got no page-ready event within %u ms, want one", APF_READY_MS);
}

/* From apf_area, which vCPU 1 is to use: in the new area, too, a token waits to be zeroed. */
static void move_area_of_this_cpu(void)
{
	memcpy(first_tokens, apf_seen.missing, sizeof(first_tokens));
	first_area = (struct kvm_vcpu_pv_apf_data){.token = apf_area.token};
	wrmsr(MSR_KVM_ASYNC_PF_EN, (u64)&first_area | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_SEND_ALWAYS |
					   KVM_ASYNC_PF_DELIVERY_AS_INT);
}

/*
 * KVM counts the pages of each vCPU, and adds the vCPU's number to tell them apart. Without it, a guest that looks tokens
 * up in one table for all vCPUs, as Linux does, would wake the wrong task. [A22]
 */
TEST(async_pf_cold, no_two_vcpus_have_the_same_token, .needs.cpus = 2, .budget_ms = 20000)
{
	unsigned int count;

	touch_and_hold(NULL);
	count = apf_seen.missing_count;
	move_area_of_this_cpu();
	smp_call(1, touch_and_hold, NULL);
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int j = 0; j < apf_seen.missing_count; j++)
			EXPECT_NE(first_tokens[i], apf_seen.missing[j]);
}
