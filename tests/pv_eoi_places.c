/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words for the end of interrupt at odd addresses.
 *
 * Contract: the word may be anywhere in RAM, up to its last byte. An address where the host has no memory that it can
 *           write to raises #GP, and nothing is written there.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN: "must be in RAM"; arch/x86/kvm/lapic.c, kvm_lapic_set_pv_eoi();
 *           virt/kvm/kvm_main.c, gfn_to_hva_many(), which gives no address for a read-only memslot.
 * How:      the firmware's last page below 4 GiB is ROM, the IOAPIC's registers are MMIO.
 * Needs:    the feature; for ROM, firmware at the usual place.
 * Cannot show: anything at RAM's end if the processor virtualizes the APIC, since the host then never sets the bit.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/platform/odd_addresses.h"

#define VECTOR 0x51
#define ROUNDS 5

static u32 *word;
static unsigned int taken;

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(word);
	pv_eoi_end(word);
	taken++;
	return true;
}

/* A read-only memslot has no address for KVM to write to, and MMIO has no memslot at all. [E20] */
TEST(pv_eoi, an_address_in_rom_or_mmio_faults)
{
	const volatile void *rom = odd_address_rom();

	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_PV_EOI_EN, ODD_ADDRESS_MMIO | KVM_MSR_ENABLED));
	if (rom)
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)rom | KVM_MSR_ENABLED));
}

/* The last word of RAM, with nothing behind it. [E20] */
TEST(pv_eoi, the_last_word_of_ram_will_do)
{
	u32 saved;

	word = odd_address_ram_end(sizeof(*word));
	if (!word)
		test_skip(UNMET_MACHINE, "ram-below-4-gib");
	saved = *word;
	*word = 0;
	taken = 0;
	pv_eoi_start_looking();
	trap_set_handler(VECTOR, on_interrupt);
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_PV_EOI_EN, (u64)word | KVM_MSR_ENABLED));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int before = taken;

		apic_send(this_cpu()->apic_id, VECTOR | APIC_INT_ASSERT);
		EXPECT_TRUE(timer_wait_until(READ_ONCE(taken) != before, APIC_DELIVERY_MS),
			    "got no interrupt at vector %#x within %u ms, want one", VECTOR,
			    APIC_DELIVERY_MS);
	}
	wrmsr(MSR_KVM_PV_EOI_EN, 0);
	*word = saved;
	pv_eoi_expect_acted();
}
