/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts for APIC IDs above 255 without interrupt remapping: KVM_FEATURE_MSI_EXT_DEST_ID.
 *
 * Contract: bits 11:5 of an MSI's address are bits 14:8 of the destination's APIC ID, if bit 4 is 0; in an IOAPIC
 *           redirection entry these are bits 55:49. If these bits are zero nothing changes.
 * Source:   cpuid.rst, KVM_FEATURE_MSI_EXT_DEST_ID; QEMU, target/i386/kvm/kvm.c, kvm_arch_fixup_msi_route().
 * How:      QEMU's "edu" device raises an MSI when one of its registers is written; the PIT's interrupt goes through
 *           the IOAPIC.
 * Needs:    a vCPU with an APIC ID above 255 and an edu device, on a split irqchip.
 * Cannot show: other VMMs than QEMU, without an edu device.
 */
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/pci.h"

#define EDU_BAR		0xe0000000u /* in the hole below 4 GiB that firmware leaves for devices */
#define EDU_RAISE	0x60
#define EDU_ACKNOWLEDGE 0x64

#define MSI_ENABLE  BIT(16) /* of the word that begins with the capability's header */
#define MSI_64BIT   BIT(23)
#define MSI_BASE    0xfee00000u
#define MSI_REMAP   BIT(4) /* the format for an interrupt-remapping unit; there is none */
#define MSI_ID(id)  ((u32)(u8)(id) << 12)
#define MSI_EXT(id) (((id) >> 8) << 5)

#define IOAPIC_BASE	 0xfec00000ull
#define IOAPIC_DATA	 (IOAPIC_BASE + 0x10)
#define IOAPIC_PIT_LOW	 0x14 /* redirection entry 2: where every PC since 1994 has the PIT */
#define IOAPIC_PIT_HIGH	 0x15
#define IOAPIC_MASKED	 BIT(16)
#define IOAPIC_ID(id)	 ((u32)(u8)(id) << 24)
#define IOAPIC_EXT(id)	 (((id) >> 8) << 17)
#define PIT_CHANNEL0	 0x40
#define PIT_COMMAND	 0x43
#define PIT_ONE_SHOT_CH0 0x30

#define VECTOR 0x55
/* QEMU's thread, the target's vCPU and this one may each wait 100 ms for a CPU, more than once. */
#define ARRIVES_MS 2000
/* For "does not arrive": a message arrives within some 0.1 ms. */
#define QUIET_MS 100

static unsigned int taken[2]; /* by the boot processor, and by all others */

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	__atomic_add_fetch(&taken[this_cpu()->index != 0], 1, __ATOMIC_SEQ_CST);
	apic_eoi();
	return true;
}

static u32 high_apic_id(void)
{
	for (unsigned int i = 1; i < smp_cpus_online(); i++)
		if (smp_cpu(i)->apic_id > 0xff)
			return smp_cpu(i)->apic_id;
	return 0; /* not reached: NEED_APIC_ID_ABOVE_255 */
}

static void start_counting(void)
{
	taken[0] = taken[1] = 0;
	trap_set_handler(VECTOR, on_interrupt);
}

/* Make the edu device send one message to this address. */
static void send_msi(u32 address)
{
	u32 device = pci_find(PCI_ID_EDU), msi;
	volatile u32 *registers = (volatile u32 *)(u64)EDU_BAR;

	pci_write(device, PCI_BAR0, EDU_BAR);
	pci_write(device, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_OFF);
	msi = pci_capability(device, PCI_CAPABILITY_MSI);
	ASSERT_NE(msi, 0);
	pci_write(device, msi + 4, address);
	pci_write(device, msi + (pci_read(device, msi) & MSI_64BIT ? 12 : 8), VECTOR);
	pci_write(device, msi, pci_read(device, msi) | MSI_ENABLE);
	registers[EDU_RAISE / 4] = 1;
	registers[EDU_ACKNOWLEDGE / 4] = 1;
}

static void ioapic_write(u32 reg, u32 value)
{
	*(volatile u32 *)IOAPIC_BASE = reg;
	*(volatile u32 *)IOAPIC_DATA = value;
}

/*
 * An MSI's address has 8 bits for the APIC ID. QEMU has to move 7 more, bits 11:5, to where KVM expects the upper part
 * of an x2APIC ID (kvm_arch_fixup_msi_route()). [X01]
 */
TEST(msi_ext_dest_id, an_msi_reaches_an_apic_id_above_255, .needs.conditions = NEED_EDU)
{
	u32 id = high_apic_id();

	start_counting();
	send_msi(MSI_BASE | MSI_ID(id) | MSI_EXT(id));
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken[1]), ARRIVES_MS),
		    "got no interrupt at APIC ID %u within %u ms, want one", id, ARRIVES_MS);
	EXPECT_EQ(taken[0], 0);
}

/* Guests that do not know the feature leave bits 11:5 at 0: for them nothing may change. [X02] */
TEST(msi_ext_dest_id, an_msi_without_extension_goes_where_it_always_went, .needs.conditions = NEED_EDU)
{
	start_counting();
	send_msi(MSI_BASE | MSI_ID(smp_cpu(0)->apic_id));
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken[0]), ARRIVES_MS),
		    "got no interrupt at vCPU 0 within %u ms, want one", ARRIVES_MS);
	EXPECT_EQ(taken[1], 0);
}

/* With bit 4 set, bits 11:5 belong to the format of an interrupt-remapping unit, and are no APIC ID. [X03] */
TEST(msi_ext_dest_id, the_extension_is_ignored_in_remappable_format, .needs.conditions = NEED_EDU)
{
	u32 id = high_apic_id();

	start_counting();
	send_msi(MSI_BASE | MSI_ID(id) | MSI_EXT(id) | MSI_REMAP);
	timer_sleep(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(taken[1], 0);
}

/*
 * On a split irqchip the IOAPIC is the VMM's, which makes an MSI of each redirection entry and has to carry bits 55:49
 * along. [X04]
 */
TEST(msi_ext_dest_id, an_ioapic_interrupt_reaches_an_apic_id_above_255)
{
	u32 id = high_apic_id();

	start_counting();
	ioapic_write(IOAPIC_PIT_HIGH, IOAPIC_ID(id) | IOAPIC_EXT(id));
	ioapic_write(IOAPIC_PIT_LOW, VECTOR);
	outb(PIT_ONE_SHOT_CH0, PIT_COMMAND);
	outb(0, PIT_CHANNEL0); /* low byte, then high byte: 0x0400 ticks are 0.9 ms */
	outb(4, PIT_CHANNEL0);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken[1]), ARRIVES_MS),
		    "got no interrupt at APIC ID %u within %u ms, want one", id, ARRIVES_MS);
	EXPECT_EQ(taken[0], 0);
	ioapic_write(IOAPIC_PIT_LOW, IOAPIC_MASKED);
}

SUITE(msi_ext_dest_id, .contract = "cpuid.rst, KVM_FEATURE_MSI_EXT_DEST_ID",
      .needs = {.features = BIT(KVM_FEATURE_MSI_EXT_DEST_ID),
		.cpus = 2,
		.conditions = NEED_APIC_ID_ABOVE_255});

/*
 * Without the feature there is no promise: the message goes to APIC ID 0, or is lost, but must not reach the extended
 * ID. [X05]
 */
TEST(msi_ext_dest_id_absent, the_extension_is_ignored)
{
	u32 id = high_apic_id();

	start_counting();
	send_msi(MSI_BASE | MSI_ID(id) | MSI_EXT(id));
	timer_sleep(QUIET_MS * NS_PER_MS);
	EXPECT_EQ(taken[1], 0);
}

SUITE(msi_ext_dest_id_absent, .contract = "cpuid.rst, KVM_FEATURE_MSI_EXT_DEST_ID",
      .needs = {.absent = BIT(KVM_FEATURE_MSI_EXT_DEST_ID),
		.cpus = 2,
		.conditions = NEED_APIC_ID_ABOVE_255 | NEED_EDU});
