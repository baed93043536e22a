/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that moves to another host, with another kernel: time.
 *
 * Contract: kvmclock never goes back, and goes on at its rate from where it was; with QEMU it stands while the VM does.
 *           PVCLOCK_TSC_STABLE_BIT says what holds on the new host. The wall clock, asked for again, is the new host's. Steal
 *           time goes on from its value.
 * Source:   as of saved_clocks.c.
 * How:      as there. How long there was no VM only the CLOCK_REALTIME of both hosts can tell, which may be two seconds apart;
 *           but the time in which kvmclock ran is the runners' to tell, by the clock of one host each.
 * Needs:    kvmclock, the channel, and ./run_tests.sh --migrate.
 * Cannot show: where kvmclock goes on by the host's time, an error of less than the two seconds.
 */
#include "lib/test.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/migrated_vm.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock_areas.h"

#define MIGRATES .budget_ms = 60000
#define CLOCK	 MIGRATES, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2)

/* QEMU sends what kvmclock was when it stopped the VM, and the other QEMU sets it to that. [K40] */
TEST(migrated, the_clock_goes_on_from_its_value, CLOCK)
{
	migrated_once();
	stood_expect_passed(&migrated_vm.passed, "migrated");
}

/* A vCPU that reads the time in a loop is stopped anywhere in it, and goes on with other numbers in the structure. [K40] */
TEST(migrated, the_clock_never_goes_back, CLOCK)
{
	migrated_once();
	EXPECT_GT(migrated_vm.readings, 0ull);
	EXPECT_EQ(migrated_vm.backward_ns, 0ull);
}

/* The new host has another idea of its TSC's frequency, and of the one that QEMU asks it for. [K40] */
TEST(migrated, the_clock_keeps_its_rate, CLOCK)
{
	migrated_once();
	pvclock_use_new(NULL);
	stood_expect_rate(migrated_vm.clock_khz);
}

/*
 * The bit is the new host's to give, whatever the old one gave: where its clocksource is the TSC, and each vCPU's TSC was set
 * to values that KVM takes for one clock's. A host with another clocksource must take it back. [K58]
 */
TEST(migrated, the_stable_flag_is_the_new_hosts, CLOCK)
{
	const struct channel_migrate *told = &migrated_vm.channel;

	migrated_once();
	if (!told->tsc_clock_known)
		test_skip(UNMET_HOST, "clocksource=tsc");
	if (!told->tsc_clock) {
		for (unsigned int cpu = 0; cpu < MIGRATED_CPUS; cpu++)
			EXPECT_TRUE(
				!migrated_vm.after[cpu].stable,
				"vCPU %u: got PVCLOCK_TSC_STABLE_BIT on a host without the TSC's clock, want it clear",
				cpu);
		return;
	}
	stood_require_equal_tscs();
	for (unsigned int i = 0; i < MIGRATED_CPUS; i++)
		smp_call(i, pvclock_use_new, NULL);
	stood_expect_stable();
}

/* A guest that asks for the start again, as Linux does after a resume, has the new host's time. [K41] */
TEST(migrated, wall_clock_and_kvmclock_are_the_new_hosts_time, CLOCK)
{
	migrated_once();
	pvclock_use_new(NULL);
	stood_expect_hosts_time();
}

/*
 * The area has all that was stolen so far, and the new KVM adds what its vCPU's thread has waited for a CPU since it was
 * created. [S21]
 */
TEST(migrated, steal_goes_on_from_its_value, MIGRATES, .needs.features = BIT(KVM_FEATURE_STEAL_TIME),
     .needs.conditions = NEED_NO_XEN)
{
	u64 before, after, apart;

	migrated_once();
	apart = migrated_vm.looked_apart_ns + migrated_vm.passed.apart_ns;
	for (unsigned int cpu = 0; cpu < MIGRATED_CPUS; cpu++) {
		before = migrated_vm.before[cpu].steal_ns;
		after = migrated_vm.after[cpu].steal_ns;
		if (!migrated_vm.seen[cpu])
			continue;
		EXPECT_TRUE(after >= before, "vCPU %u: got %lu ns stolen, want no less than %lu", cpu, after,
			    before);
		EXPECT_TRUE(after - before <= apart + STOOD_SLACK_NS(apart),
			    "vCPU %u: got %lu ns stolen, want no more than the %lu that passed", cpu,
			    after - before, apart);
	}
}
