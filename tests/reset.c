/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM that was reset: by QEMU, or by the guest, while each vCPU used every PV MSR.
 *
 * Contract: after a reset of the machine all PV MSRs read as at power-on, on every vCPU, and the host writes no more to where
 *           they pointed.
 * Source:   msr.rst; arch/x86/kvm/x86.c, kvm_vcpu_reset(); QEMU, target/i386/kvm/kvm.c, kvm_put_msrs(), which writes at a
 *           reset what KVM leaves alone, such as poll control; Linux relies on it after every reboot.
 * How:      the kernel boots, writes the MSRs, has the VM reset before any test, and boots again (x86/kvm/vm_reset.h).
 * Needs:    the channel: the runner tells the second boot from the first.
 * Cannot show: what firmware changed before the kernel came, in the configurations with SeaBIOS. Which areas were still written to
 *           before tests of other suites ran, in the configuration that has them.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pv_areas.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/platform/channel.h"
#include "x86/platform/port80.h"

#define PAUSE_MS 50

/* KVM resets some by itself, and QEMU writes the others, of features that are advertised. [M09 P04] */
TEST(reset, msrs_are_as_at_power_on_on_every_vcpu, .needs.conditions = NEED_USABLE_PV_MSR)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++) {
		for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++) {
			const struct pv_msr_reading *reading = pv_msr_at_start(i, row->msr);

			if (!pv_msr_is_offered(row))
				continue;
			EXPECT_TRUE(!reading->fault && reading->value == row->reset,
				    "vCPU %u, %s after the reset: got %#lx, want %#lx", i, row->name,
				    reading->value, row->reset);
		}
	}
}

static void exit_once(void *unused)
{
	(void)unused;
	exit_to_userspace();
}

/*
 * A pause has the host bring the clocks of all vCPUs up to date, and so do new areas of the clock, which take the place of those
 * from before. [M09]
 */
TEST(reset, nothing_is_written_to_the_areas_from_before)
{
	struct channel_pause pause;

	memset(pv_areas, FILLER, sizeof(pv_areas));
	channel_pause(PAUSE_MS, &pause);
	smp_call_all(exit_once, NULL);
	if (pv_msr_is_usable(pv_msr_find(MSR_KVM_SYSTEM_TIME_NEW)))
		smp_call_all(pvclock_use_new, NULL);
	channel_pause(PAUSE_MS, &pause);
	smp_call_all(exit_once, NULL);
	EXPECT_BYTES(pv_areas, FILLER, sizeof(pv_areas));
}

SUITE(reset, .contract = "msr.rst", .needs.conditions = NEED_CHANNEL | NEED_RESET);
