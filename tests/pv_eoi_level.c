/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * End of a level-triggered interrupt, which the IOAPIC needs to see, under MSR_KVM_PV_EOI_EN.
 *
 * Contract: the host does not set the bit for such an interrupt. The guest's EOI reaches the
 *           IOAPIC, which sends the interrupt again while the line is still high.
 * Source:   msr.rst, MSR_KVM_PV_EOI_EN; arch/x86/kvm/lapic.c, apic_sync_pv_eoi_to_guest(): "Need
 *           EOI to update ioapic".
 * How:      the UART raises its line when its interrupt is enabled and it has nothing left to send.
 * Needs:    the feature; COM1 behind pin 4 of an IOAPIC, as on every PC.
 * Cannot show: anything if the processor virtualizes the APIC, since the host then never sets the bit.
 */
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/platform/ioapic.h"

#define VECTOR	    0x51
#define EDGE_VECTOR 0x61

#define COM1_IER	 0x3f9
#define COM1_IIR	 0x3fa
#define COM1_MCR	 0x3fc
#define UART_IER_THRI	 BIT(1) /* interrupt when there is nothing left to send */
#define UART_MCR_DTR_RTS 0x03
#define UART_MCR_OUT2	 0x08 /* on real PCs, this connects the UART's line to the interrupt controller */

static u32 word;
static unsigned int taken;

static bool on_uart(struct trap_frame *frame)
{
	(void)frame;
	EXPECT_EQ(READ_ONCE(word), 0);
	outb(0, COM1_IER); /* lowers the line; */
	inb(COM1_IIR); /* so does this */
	pv_eoi_end(&word);
	taken++;
	return true;
}

/* For comparison: an interrupt that does not come from the IOAPIC, for which the host may set the bit. */
static bool on_edge(struct trap_frame *frame)
{
	(void)frame;
	pv_eoi_look(&word);
	pv_eoi_end(&word);
	taken++;
	return true;
}

static void interrupt_self_often(void)
{
	trap_set_handler(EDGE_VECTOR, on_edge);
	for (int i = 0; i < 15; i++) {
		unsigned int before = taken;

		apic_send(apic_id(), EDGE_VECTOR | APIC_INT_ASSERT);
		EXPECT_TRUE(timer_wait_until(READ_ONCE(taken) != before, 1000),
			    "got no interrupt at vector %#x within 1000 ms, want one", EDGE_VECTOR);
	}
}

static void unmask_pin(void)
{
	trap_set_handler(VECTOR, on_uart);
	outb(UART_MCR_DTR_RTS | UART_MCR_OUT2, COM1_MCR);
	ioapic_write(IOAPIC_REDIRECTION_HI(IOAPIC_COM1_PIN), apic_id() << 24);
	ioapic_write(IOAPIC_REDIRECTION(IOAPIC_COM1_PIN), IOAPIC_LEVEL | VECTOR);
}

/* The vCPU may lose its CPU for 100 ms, several times in a row. */
static bool uart_interrupts(void)
{
	unsigned int before = taken;

	outb(UART_IER_THRI, COM1_IER);
	return timer_wait_until(READ_ONCE(taken) != before, 1000);
}

/*
 * Whether the IOAPIC goes on waiting for an EOI. One host was seen to lower the UART's line a moment after the write
 * that asks for it: then the IOAPIC sends the interrupt once more, and one look would catch it waiting.
 */
static bool waits_for_eoi(void)
{
	return !timer_wait_until(!(ioapic_read(IOAPIC_REDIRECTION(IOAPIC_COM1_PIN)) & IOAPIC_REMOTE_IRR),
				 100);
}

/*
 * The test compares what arrives, and what the IOAPIC shows afterwards, with the same without PV EOI. If that is
 * unusual already, as where the VMM has its own IOAPIC, this test does not judge it. [E10]
 */
TEST(pv_eoi_level, an_eoi_that_the_ioapic_waits_for_is_written)
{
	bool waits_without;

	word = 0;
	unmask_pin();
	if (!uart_interrupts())
		test_skip(UNMET_MACHINE, "com1-interrupt");
	waits_without = waits_for_eoi();
	wrmsr(MSR_KVM_PV_EOI_EN, (u64)&word | KVM_MSR_ENABLED);
	for (int i = 0; i < 3; i++) {
		EXPECT_TRUE(uart_interrupts(),
			    "got no interrupt at vector %#x from COM1 within 1000 ms, want one", VECTOR);
		EXPECT_EQ(waits_for_eoi(), waits_without);
	}
	ioapic_write(IOAPIC_REDIRECTION(IOAPIC_COM1_PIN), IOAPIC_MASKED);
	outb(UART_MCR_DTR_RTS, COM1_MCR);
	pv_eoi_start_looking();
	interrupt_self_often();
	pv_eoi_expect_acted();
}

SUITE(pv_eoi_level, .contract = "msr.rst, MSR_KVM_PV_EOI_EN", .needs.features = BIT(KVM_FEATURE_PV_EOI));
