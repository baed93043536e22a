/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/ioapic_nmi.h"

#include "x86/apic.h"
#include "x86/processor.h"

/* 82093AA: an index and a data register; redirection entry n is in registers 0x10 + 2n and the next. */
#define IOAPIC_BASE	  0xfec00000ull
#define IOAPIC_DATA	  (IOAPIC_BASE + 0x10)
#define REDIRECTION(pin)  (0x10 + 2 * (pin))
#define REDIRECTION_NMI	  0x400
#define REDIRECTION_MASK  BIT(16)
/* ISA interrupt 0 is wired to pin 2 on every PC since the MultiProcessor Specification 1.4. */
#define PIT_PIN		  2

#define PIT_CHANNEL0	 0x40
#define PIT_COMMAND	 0x43
#define PIT_ONE_SHOT_CH0 0x30 /* mode 0: the output rises once, when the count is over */

static bool active;

static void ioapic_write(u32 reg, u32 value)
{
	*(volatile u32 *)IOAPIC_BASE = reg;
	*(volatile u32 *)IOAPIC_DATA = value;
}

static void start_count(void)
{
	outb(PIT_ONE_SHOT_CH0, PIT_COMMAND);
	outb(0xff, PIT_CHANNEL0);
	outb(0xff, PIT_CHANNEL0);
}

void ioapic_nmi_start(void)
{
	active = true;
	ioapic_write(REDIRECTION(PIT_PIN) + 1, apic_id() << 24);
	ioapic_write(REDIRECTION(PIT_PIN), REDIRECTION_NMI);
	start_count();
}

void ioapic_nmi_stop(void)
{
	if (active)
		ioapic_write(REDIRECTION(PIT_PIN), REDIRECTION_MASK);
	active = false;
}

bool ioapic_nmi_active(void)
{
	return active;
}

void ioapic_nmi_rearm(void)
{
	if (active)
		start_count();
}
