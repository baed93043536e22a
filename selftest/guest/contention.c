/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread of the runner's beside a vCPU: selftest/channel.bats boots this with vCPUs that have one CPU, and with others. */
#include "lib/test.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/needs.h"
#include "x86/platform/channel_host.h"

#define WAIT_NS (20 * NS_PER_MS)
#define LOOK_NS (50 * NS_PER_MS)
#define MAX_MS	5000

/*
 * > # unmet: setting channel=virtio
 * > ok # SKIP no runner listens that can do it; use ./run_tests.sh -g host
 */
TEST(contention, takes_time_from_a_vcpu)
{
	u64 before = channel_run_delay_ns(0), end = timer_ns() + MAX_MS * NS_PER_MS, waited;

	channel_contend(0, MAX_MS);
	do {
		timer_spin(LOOK_NS);
		waited = channel_run_delay_ns(0) - before;
	} while (waited < WAIT_NS && timer_ns() < end);
	channel_contend(0, 0);
	EXPECT_GE(waited, WAIT_NS);
}

SUITE(contention, .contract = "none", .needs.conditions = NEED_CHANNEL);
