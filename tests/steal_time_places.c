/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steal time areas at odd addresses.
 *
 * Contract: an area may be anywhere in RAM, up to its last byte. Where there is no RAM that the host can write to, the
 *           MSR takes the address all the same, and nothing is written.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; arch/x86/kvm/x86.c, record_steal_time(); virt/kvm/kvm_main.c,
 *           gfn_to_hva_many(), which gives no address for a read-only memslot. Before Linux 5.6 such addresses raised #GP.
 * How:      the firmware's last page below 4 GiB is ROM, the IOAPIC's registers are MMIO.
 * Needs:    the feature; for ROM, firmware at the usual place.
 * Cannot show: whether the host tried to write, and failed.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/platform/odd_addresses.h"
#include "x86/platform/port80.h"

/* Where the host may refuse what it cannot write to. Returns whether it took the address. */
static bool enable_at(u64 address)
{
	bool taken = !wrmsr_safe(MSR_KVM_STEAL_TIME, address | KVM_MSR_ENABLED);

	test_observed("an address outside of RAM %s", taken ? "is taken" : "faults");
	if (!taken)
		return false;
	EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), address | KVM_MSR_ENABLED);
	exit_to_userspace();
	return true;
}

/* KVM must not write to ROM, although the VMM's memory behind it is as any other. [S25] */
TEST(steal_time, an_area_in_rom_is_never_written)
{
	const volatile struct kvm_steal_time *rom = odd_address_rom();
	struct kvm_steal_time before;

	if (!rom)
		test_skip(UNMET_MACHINE, "rom");
	memcpy(&before, (const void *)rom, sizeof(before));
	if (!enable_at((u64)rom))
		return;
	EXPECT_TRUE(!memcmp(&before, (const void *)rom, sizeof(before)),
		    "ROM: got it written, want it left alone");
}

/* There is no memslot at the IOAPIC's registers, and KVM drops the update. [S25] */
TEST(steal_time, an_area_in_mmio_is_taken_and_ignored)
{
	enable_at(ODD_ADDRESS_MMIO);
}

static struct kvm_steal_time *last_area_of_ram(void)
{
	struct kvm_steal_time *last = odd_address_ram_end(sizeof(*last));

	if (!last)
		test_skip(UNMET_MACHINE, "ram-below-4-gib");
	return last;
}

/* The last slot of RAM, with nothing behind it. [S25] */
TEST(steal_time, the_last_area_of_ram_will_do)
{
	struct kvm_steal_time *last = last_area_of_ram();
	struct kvm_steal_time saved = *last, seen;
	bool written;

	*last = (struct kvm_steal_time){0};
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_STEAL_TIME, (u64)last | KVM_MSR_ENABLED));
	written = timer_wait_until(READ_ONCE(last->version), 1000);
	wrmsr(MSR_KVM_STEAL_TIME, 0);
	seen = *last;
	*last = saved;
	EXPECT_TRUE(written, "version: got 0 for 1000 ms after enabling, want another");
	EXPECT_EQ(seen.version % 2, 0);
	EXPECT_EQ(seen.preempted, 0);
}
