/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that is saved, and restored in another process of the VMM, as in a migration: PV MSRs, and the flag that tells the
 * guest that it stood.
 *
 * Contract: each PV MSR of each vCPU keeps its value, and goes on working. PVCLOCK_GUEST_STOPPED is set, as after a pause. A
 *           state can be restored more than once. Clocks, interrupts and kicks are in the other files.
 * Source:   msr.rst; arch/x86/kvm/x86.c, kvm_get_msr_common() and kvm_set_msr_common(), which the VMM reaches by KVM_GET_MSRS
 *           and KVM_SET_MSRS; QEMU, target/i386/kvm/kvm.c, kvm_get_msrs() and kvm_put_msrs().
 * How:      the guest asks the runner, which has QEMU stop the VM and write its state, ends that QEMU, and has another one
 *           read the state and go on (x86/platform/channel.h).
 * Needs:    the channel.
 * Cannot show: what another host's kernel does with the state; what is lost in a VM that runs while its memory is copied.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_areas.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/kvm/stood_clocks.h"
#include "x86/platform/channel.h"

#define SAVES_MS 30000 /* for several saves on a busy host */

static void save_vm(void)
{
	struct channel_save save;

	channel_save(0, &save);
}

static void expect_msrs(void *unused)
{
	unsigned int cpu = this_cpu()->index;
	u64 value;

	(void)unused;
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
		if (!pv_msr_is_usable(row))
			continue;
		value = 0;
		EXPECT_NO_FAULT(rdmsr_safe(row->msr, &value));
		EXPECT_TRUE(value == pv_areas_value(row->msr, cpu),
			    "vCPU %u, %s after the restore: got %#lx, want %#lx", cpu, row->name, value,
			    pv_areas_value(row->msr, cpu));
	}
}

static void on_used_cpus(void (*work)(void *argument))
{
	for (unsigned int i = 0; i < pv_areas_cpus(); i++)
		smp_call(i, work, NULL);
}

/*
 * QEMU saves the MSRs of the features that it advertises. One that is not among them, or that KVM does not give, is at its
 * power-on value afterwards, and the feature is off without the guest's knowledge. [M12]
 */
TEST(saved, msrs_keep_their_values_on_every_vcpu, .budget_ms = SAVES_MS,
     .needs.conditions = NEED_USABLE_PV_MSR)
{
	ASSERT_TRUE(pv_areas_use(), "got an MSR that does not hold what was written, want all");
	save_vm();
	on_used_cpus(expect_msrs);
}

static void set_poll_control(void *unused)
{
	(void)unused;
	wrmsr(MSR_KVM_POLL_CONTROL, this_cpu()->index % 2);
}

static void expect_poll_control(void *unused)
{
	(void)unused;
	EXPECT_EQ(rdmsr(MSR_KVM_POLL_CONTROL), (u64)this_cpu()->index % 2);
}

/* Each vCPU has its own, and QEMU leaves out of the state what is as at power-on. [P07] */
TEST(saved, poll_control_is_kept, .budget_ms = SAVES_MS, .needs.features = BIT(KVM_FEATURE_POLL_CONTROL))
{
	on_used_cpus(set_poll_control);
	save_vm();
	on_used_cpus(expect_poll_control);
}

/* The guest's watchdogs have to learn of it as of a pause: QEMU asks KVM when the restored VM goes on. [K40] */
TEST(saved, flag_is_set_on_every_vcpu, .budget_ms = SAVES_MS, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	for (unsigned int i = 0; i < pvclock_few_cpus(); i++)
		smp_call(i, stood_register, NULL);
	stood_expect_flags(0);
	save_vm();
	stood_expect_flags(PVCLOCK_GUEST_STOPPED);
}

/*
 * A snapshot is restored many times, and each VM that comes of it has to be right. What the first one sees is asserted: the
 * second one has all memory as it was at the save. [K40 M12]
 */
TEST(saved, the_same_state_is_restored_twice, .budget_ms = SAVES_MS,
     .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	struct channel_save save;
	u64 before, after, host;

	ASSERT_TRUE(pv_areas_use(), "got an MSR that does not hold what was written, want all");
	pvclock_use_new(NULL);
	host = channel_host_monotonic_ns();
	before = pvclock_now(pvclock_own_area());
	channel_save(0, &save);
	after = pvclock_now(pvclock_own_area());
	host = channel_host_monotonic_ns() - host;
	ASSERT_GE(after, before);
	ASSERT_LE(after, before + host + STOOD_SLACK_NS(host));
	ASSERT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), (u64)pvclock_own_area() | KVM_MSR_ENABLED);
	if (save.restored == 1)
		channel_restore();
	EXPECT_EQ(save.restored, 2u);
	stood_expect_hosts_time();
}

SUITE(saved, .contract = "msr.rst; api.rst, KVM_GET_MSRS, KVM_SET_CLOCK", .needs.conditions = NEED_CHANNEL);
