/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the runner: selftest/channel.bats boots this with a runner, and with one that never answers. */
#include "x86/platform/channel.h"
#include "lib/test.h"
#include "x86/kvm/needs.h"

/*
 * > # unmet: setting channel=virtio
 * > ok # SKIP no runner listens that can do it; use ./run_tests.sh -g host
 */
TEST(channel, runner_tells_the_time)
{
	u64 earlier = channel_host_time_ns();

	EXPECT_NE(earlier, 0ull);
	EXPECT_GE(channel_host_time_ns(), earlier);
}

/*
 * > # unmet: setting channel=virtio
 * > ok # SKIP no runner listens that can do it; use ./run_tests.sh -g host
 */
TEST(channel, runner_pauses_the_vm)
{
	struct channel_pause pause;

	channel_pause(50, &pause);
	EXPECT_GE(pause.stood_ns, 50000000ull);
	EXPECT_GE(pause.took_ns, pause.stood_ns);
}

SUITE(channel, .contract = "none", .needs.conditions = NEED_CHANNEL);
