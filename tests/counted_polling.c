/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest cannot see, and KVM counts: whether the host polls when a vCPU halts.
 *
 * Contract: with MSR_KVM_POLL_CONTROL at 0 the host does not poll before it blocks the vCPU. With 1 it may.
 * Source:   msr.rst, MSR_KVM_POLL_CONTROL; virt/kvm/kvm_main.c, kvm_vcpu_halt() or kvm_vcpu_block(), which ask
 *           kvm_arch_no_poll().
 * How:      by short HLTs: KVM begins to poll after a HLT that took less time than its parameter halt_poll_ns.
 * Needs:    the channel, and a runner that may read debugfs; a host that polls, which configuration counted-polling makes of a
 *           slow one.
 * Cannot show: how long the host polls.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/kvm_counters.h"

#define HALTS 50
/* KVM begins to poll after a HLT that was short by the host's time, which none may be for a while on a busy host. */
#define POLLS_MAX_MS 5000
#define SLEEP_NS     (NS_PER_MS / 20)

static void write_poll_control(void *value)
{
	wrmsr(MSR_KVM_POLL_CONTROL, (u64)value);
}

/* On every vCPU, for the host may end a HLT of the others, and they halt again. */
static u64 polls_with(u64 poll_control)
{
	u64 before;

	smp_call_all(write_poll_control, (void *)poll_control);
	before = kvm_count(KVM_COUNTER_HALT_POLLS);
	for (int i = 0; i < HALTS; i++)
		timer_sleep(SLEEP_NS);
	return kvm_count(KVM_COUNTER_HALT_POLLS) - before;
}

/* Polling takes time from others that a guest which polls itself has spent already. [P05] */
TEST(counted_polling, a_host_that_must_not_poll_does_not)
{
	u64 end = timer_ns() + POLLS_MAX_MS * NS_PER_MS, allowed, forbidden;

	do
		allowed = polls_with(1);
	while (!allowed && timer_ns() < end);
	forbidden = polls_with(0);
	if (!allowed && !forbidden)
		test_skip(UNMET_HOST, "kvm.halt_poll_ns=10000000");
	EXPECT_EQ(forbidden, 0ull);
}

SUITE(counted_polling, .contract = "msr.rst, MSR_KVM_POLL_CONTROL",
      .needs.features = BIT(KVM_FEATURE_POLL_CONTROL), .needs.conditions = NEED_CHANNEL | NEED_HLT_EXITS);
