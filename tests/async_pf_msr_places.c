/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Areas of asynchronous page faults at odd addresses.
 *
 * Contract: the area may be anywhere in RAM, up to its last byte. An address where the host has no memory that it can
 *           write to raises #GP, and nothing is written there.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN: "must be in guest RAM"; arch/x86/kvm/x86.c, kvm_pv_enable_async_pf();
 *           virt/kvm/kvm_main.c, gfn_to_hva_many(), which gives no address for a read-only memslot.
 * How:      the firmware's last page below 4 GiB is ROM, the IOAPIC's registers are MMIO.
 * Needs:    the features; a local APIC in the kernel; for ROM, firmware at the usual place.
 * Cannot show: that events for missing pages arrive there, which needs cold memory.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/odd_addresses.h"

#define BY_INTERRUPT (KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT)

static struct kvm_vcpu_pv_apf_data *last;
static u32 token;

static bool on_ready(struct trap_frame *frame)
{
	u32 now = last ? READ_ONCE(last->token) : 0;

	(void)frame;
	/* An interrupt that an emulator doubles finds what the first one left. */
	if (now) {
		token = now;
		WRITE_ONCE(last->token, 0);
	}
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	apic_eoi();
	return true;
}

/* Also where enabling should fail: if it does not, the interrupt that it queues must not disturb later tests. */
static void prepare(void)
{
	token = 0;
	trap_set_handler(APF_READY_VECTOR, on_ready);
	wrmsr(MSR_KVM_ASYNC_PF_INT, APF_READY_VECTOR);
}

/* A read-only memslot has no address for KVM to write to, and MMIO has no memslot at all. [A40] */
TEST(async_pf_msr, an_address_in_rom_or_mmio_faults, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_KERNEL_LAPIC)
{
	const volatile void *rom = odd_address_rom();

	last = NULL;
	prepare();
	EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_EN, ODD_ADDRESS_MMIO | BY_INTERRUPT));
	if (rom)
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)rom | BY_INTERRUPT));
}

/* Every enabling write queues the wake-all event, and the host writes its token into the area. [A40] */
TEST(async_pf_msr, the_last_area_of_ram_will_do, .needs.features = BIT(KVM_FEATURE_ASYNC_PF_INT),
     .needs.conditions = NEED_KERNEL_LAPIC)
{
	struct kvm_vcpu_pv_apf_data saved;
	bool ready;

	last = odd_address_ram_end(sizeof(*last));
	if (!last)
		test_skip(UNMET_MACHINE, "ram-below-4-gib");
	saved = *last;
	*last = (struct kvm_vcpu_pv_apf_data){0};
	prepare();
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)last | BY_INTERRUPT));
	ready = timer_wait_until(READ_ONCE(token), APF_READY_MS);
	EXPECT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, 0));
	*last = saved;
	EXPECT_TRUE(ready, "got no interrupt for the wake-all event within %u ms, want one", APF_READY_MS);
	EXPECT_EQ(token, KVM_ASYNC_PF_WAKE_ALL);
}
