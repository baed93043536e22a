/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No delays between accesses to I/O ports: KVM_FEATURE_NOP_IO_DELAY.
 *
 * Contract: old devices need time between two accesses, which guests spend with a write to port
 *           0x80. The VM's devices do not need it.
 * Source:   cpuid.rst, KVM_FEATURE_NOP_IO_DELAY; guest: arch/x86/kernel/kvm.c,
 *           paravirt_ops_setup().
 * How:      on an old device, as an example: with the mask registers of the two 8259s, one after the other; Linux writes these with
 *           delays on real hardware.
 * Needs:    the feature, and 8259s.
 * Cannot show: that a host without the feature needs delays; no hypervisor's devices do.
 */
#include "lib/test.h"
#include "x86/cpu/processor.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/platform/i8259.h"

/*
 * No value follows an equal one on either port, so that a lost write shows. Meanwhile the local APIC masks what the
 * controllers let through. [N01]
 */
TEST(nop_io_delay, back_to_back_accesses_are_not_lost)
{
	/* The last pair masks all, as this kernel does from its start. */
	static const u8 masks[][2] = {{0x00, 0xff}, {0x55, 0xaa}, {0xaa, 0x55}, {0x0f, 0xf0},
				      {0xf0, 0x0f}, {0xcc, 0x33}, {0xff, 0xff}};

	for (unsigned int i = 0; i < ARRAY_SIZE(masks); i++) {
		outb(masks[i][0], PIC_MASTER_MASK);
		outb(masks[i][1], PIC_SLAVE_MASK);
		EXPECT_EQ(inb(PIC_MASTER_MASK), masks[i][0]);
		EXPECT_EQ(inb(PIC_SLAVE_MASK), masks[i][1]);
	}
}

SUITE(nop_io_delay, .contract = "cpuid.rst, KVM_FEATURE_NOP_IO_DELAY",
      .needs = {.features = BIT(KVM_FEATURE_NOP_IO_DELAY), .conditions = NEED_I8259});
