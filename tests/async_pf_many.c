/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults on memory that the host has to read from a disk: many, one after the other.
 *
 * Contract: at most 64 pages are on their way for a vCPU. One that has come makes room for another.
 * Source:   virt/kvm/async_pf.c: kvm_setup_async_pf(), kvm_check_async_pf_completion().
 * How:      by touching untouched pages (x86/kvm/apf.h), a few at a time, until more than 64 have been reported.
 * Needs:    cold, file-backed RAM that has not been touched: a host that misses some 100 pages of a file in a row reads ahead no
 *           more, and then waits for each page itself. So these tests have a configuration of their own.
 * Cannot show: anything on a host that stops reading ahead before; then the test says that the feature did not act.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

#define AT_A_TIME 8
/* The host has some pages already, but not so many. */
#define ROUNDS_MAX 20

static unsigned int count_reported(void)
{
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	for (int i = 0; i < ROUNDS_MAX && apf_seen.missing_count <= APF_OUTSTANDING_MAX; i++) {
		apf_touch_many(AT_A_TIME);
		ASSERT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count) == apf_seen.missing_count,
					     APF_READY_MS),
			    "got %u page-ready events, want %u", apf_seen.ready_count,
			    apf_seen.missing_count);
	}
	return apf_seen.missing_count;
}

/*
 * KVM counts pages out when it reports them as ready, and all of them when the vCPU disables the events. If more pages are reported
 * only after that, the first was forgotten. If none is, the host reads ahead no more. [A33]
 */
TEST(async_pf_many, pages_that_have_come_make_room_for_others, .budget_ms = 30000)
{
	unsigned int count = count_reported(), more;

	if (count > APF_OUTSTANDING_MAX)
		return;
	wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	more = apf_touch_many(AT_A_TIME);
	EXPECT_TRUE(
		!more,
		"got %u pages reported, and %u more only after disabling and enabling, want more than %u before",
		count, more, APF_OUTSTANDING_MAX);
	if (!more)
		test_inert("the host reads ahead no more");
}

SUITE(async_pf_many, .contract = "msr.rst, MSR_KVM_ASYNC_PF_EN, MSR_KVM_ASYNC_PF_INT",
      .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
      .needs.conditions = NEED_COLD_MEMORY | NEED_KERNEL_LAPIC);
