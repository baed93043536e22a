/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of the IOAPIC at its usual address. Source: 82093AA; ISA interrupts are wired by
 * the MP Specification.
 */
#ifndef X86_PLATFORM_IOAPIC_H
#define X86_PLATFORM_IOAPIC_H

#include "lib/types.h"

/* An index and a data register; redirection entry n is in registers 0x10 + 2n and the next. */
#define IOAPIC_BASE		   0xfec00000ull
#define IOAPIC_DATA		   (IOAPIC_BASE + 0x10)
#define IOAPIC_REDIRECTION(pin)	   (0x10 + 2 * (pin))
#define IOAPIC_REDIRECTION_HI(pin) (IOAPIC_REDIRECTION(pin) + 1) /* destination in bits 31:24 */

/* In a redirection entry's lower half, whose first byte is the vector. */
#define IOAPIC_DM_NMI	  0x400
#define IOAPIC_REMOTE_IRR BIT(14) /* a level-triggered interrupt was sent, and no EOI has arrived yet */
#define IOAPIC_LEVEL	  BIT(15)
#define IOAPIC_MASKED	  BIT(16)

#define IOAPIC_PIT_PIN	2
#define IOAPIC_COM1_PIN 4

static inline u32 ioapic_read(u32 reg)
{
	*(volatile u32 *)IOAPIC_BASE = reg;
	return *(volatile u32 *)IOAPIC_DATA;
}

static inline void ioapic_write(u32 reg, u32 value)
{
	*(volatile u32 *)IOAPIC_BASE = reg;
	*(volatile u32 *)IOAPIC_DATA = value;
}

#endif
