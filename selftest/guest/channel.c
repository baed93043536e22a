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

/*
 * > # unmet: setting channel=virtio
 * > ok # SKIP no runner listens that can do it; use ./run_tests.sh -g host
 */
TEST(channel, runner_saves_and_restores_the_vm)
{
	struct channel_save save;
	u64 before = channel_host_monotonic_ns(), passed;

	channel_save(50, &save);
	passed = channel_host_monotonic_ns() - before;
	ASSERT_GE(save.stood_ns, 50000000ull);
	ASSERT_GE(save.took_ns, save.stood_ns);
	ASSERT_GE(passed, save.took_ns);
	if (save.restored == 1)
		channel_restore();
	EXPECT_EQ(save.restored, 2u);
}

SUITE(channel, .contract = "none", .needs.conditions = NEED_CHANNEL);
