/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that moves to another host, with another kernel: what CPUID and PV MSRs say, and the flag that tells the guest that
 * it stood.
 *
 * Contract: the guest cannot tell the new host from the old one: all leaves of CPUID are as before, each PV MSR of each vCPU
 *           keeps its value, and PVCLOCK_GUEST_STOPPED is set. Clocks, interrupts and kicks are in the other files.
 * Source:   cpuid.rst; msr.rst; arch/x86/kvm/x86.c, kvm_get_msr_common() and kvm_set_msr_common(); QEMU, target/i386/cpu.c,
 *           x86_cpu_filter_features(), which leaves out what the host lacks, or with "enforce" refuses to start.
 * How:      there is one migration for the suite (x86/kvm/migrated_vm.h): the guest asks the runner, which has QEMU write the
 *           VM's state; a runner on another host has its QEMU read it. The tests check what was seen on both.
 * Needs:    the channel, four vCPUs, and ./run_tests.sh --migrate.
 * Cannot show: what is lost in a VM that runs while its memory is copied, and in a moment that this migration did not meet.
 */
#include "lib/test.h"
#include "x86/kvm/migrated_vm.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_msr.h"

#define MIGRATES .budget_ms = 60000 /* any test may be the first one */

static void expect_msr(unsigned int cpu, unsigned int i)
{
	const struct migrated_view *before = &migrated_vm.before[cpu], *after = &migrated_vm.after[cpu];

	EXPECT_EQ(after->faults[i], before->faults[i]);
	EXPECT_TRUE(after->msrs[i] == before->msrs[i], "vCPU %u, %s on the new host: got %#lx, want %#lx",
		    cpu, pv_msrs[i].name, after->msrs[i], before->msrs[i]);
}

/* An MSR that one of the two kernels does not save, or not restore, is at its power-on value without the guest's knowledge. [M12] */
TEST(migrated, msrs_keep_their_values_on_every_vcpu, MIGRATES, .needs.conditions = NEED_USABLE_PV_MSR)
{
	migrated_once();
	for (unsigned int cpu = 0; cpu < MIGRATED_CPUS; cpu++) {
		EXPECT_TRUE(migrated_vm.seen[cpu], "vCPU %u: got it not responding, want it idle", cpu);
		for (unsigned int i = 0; migrated_vm.seen[cpu] && i < pv_msr_count; i++)
			if (pv_msr_is_usable(&pv_msrs[i]))
				expect_msr(cpu, i);
	}
}

/* Each vCPU has its own, and QEMU leaves out of the state what is as at power-on. [P07] */
TEST(migrated, poll_control_is_kept, MIGRATES, .needs.features = BIT(KVM_FEATURE_POLL_CONTROL))
{
	unsigned int i = (unsigned int)(pv_msr_find(MSR_KVM_POLL_CONTROL) - pv_msrs);

	migrated_once();
	for (unsigned int cpu = 0; cpu < MIGRATED_CPUS; cpu++) {
		EXPECT_EQ(migrated_vm.before[cpu].msrs[i], (u64)cpu % 2);
		if (migrated_vm.seen[cpu])
			expect_msr(cpu, i);
	}
}

static void expect_leaf(unsigned int cpu, const struct migrated_leaf *before,
			const struct migrated_leaf *after)
{
	const struct cpuid *b = &before->registers, *a = &after->registers;

	EXPECT_TRUE(
		a->eax == b->eax && a->ebx == b->ebx && a->ecx == b->ecx && a->edx == b->edx,
		"vCPU %u, leaf %#x.%u on the new host: got %#x %#x %#x %#x, want %#x %#x %#x %#x as on the old one",
		cpu, before->leaf, before->subleaf, a->eax, a->ebx, a->ecx, a->edx, b->eax, b->ebx, b->ecx,
		b->edx);
}

/*
 * A guest asks for features once, at boot. A bit that is gone afterwards means faults or hypercalls that fail; a new one is
 * seen by what asks later, such as a kernel that is started by kexec. [C21]
 */
TEST(migrated, cpuid_is_the_same_on_every_vcpu, MIGRATES)
{
	const struct migrated_view *before, *after;

	migrated_once();
	for (unsigned int cpu = 0; cpu < MIGRATED_CPUS; cpu++) {
		before = &migrated_vm.before[cpu];
		after = &migrated_vm.after[cpu];
		if (!migrated_vm.seen[cpu])
			continue;
		EXPECT_EQ(after->leaf_count, before->leaf_count);
		for (unsigned int i = 0; i < MIN(before->leaf_count, after->leaf_count); i++)
			expect_leaf(cpu, &before->leaves[i], &after->leaves[i]);
	}
}

/* The guest's watchdogs have to learn of it as of a pause: QEMU asks KVM when the VM goes on. [K40] */
TEST(migrated, flag_is_set_on_every_vcpu, MIGRATES, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	migrated_once();
	for (unsigned int cpu = 0; cpu < MIGRATED_CPUS; cpu++) {
		EXPECT_TRUE(!migrated_vm.before[cpu].told_to_stop,
			    "vCPU %u before: got PVCLOCK_GUEST_STOPPED, want it clear", cpu);
		EXPECT_TRUE(!migrated_vm.seen[cpu] || migrated_vm.after[cpu].told_to_stop,
			    "vCPU %u on the new host: got no PVCLOCK_GUEST_STOPPED, want it set", cpu);
	}
}

SUITE(migrated, .contract = "msr.rst; cpuid.rst; api.rst, KVM_GET_MSRS, KVM_SET_CLOCK",
      .needs.conditions = NEED_CHANNEL, .needs.cpus = MIGRATED_CPUS);
