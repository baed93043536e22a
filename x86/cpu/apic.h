/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC, through MSRs (x2APIC) where the processor has that, else through memory (xAPIC). */
#ifndef X86_CPU_APIC_H
#define X86_CPU_APIC_H

#include "lib/types.h"

/* Registers, as offsets in the xAPIC's page; the x2APIC MSR is 0x800 + offset / 16. */
#define APIC_ID	       0x20
#define APIC_TPR       0x80
#define APIC_PPR       0xa0
#define APIC_EOI       0xb0
#define APIC_LDR       0xd0
#define APIC_DFR       0xe0
#define APIC_SPIV      0xf0
#define APIC_ISR       0x100 /* 8 registers, 0x10 apart; so are IRR's */
#define APIC_IRR       0x200
#define APIC_ESR       0x280
#define APIC_ICR       0x300
#define APIC_ICR2      0x310
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_TIMER_ICR 0x380 /* initial count */
#define APIC_TIMER_CCR 0x390 /* current count */
#define APIC_TIMER_DCR 0x3e0 /* divide configuration */

#define APIC_SPIV_ENABLE       BIT(8)
#define APIC_LVT_MASKED	       BIT(16)
#define APIC_LVT_TSC_DEADLINE  BIT(18)
#define APIC_LVT_NMI	       0x400
#define APIC_DM_FIXED	       0x000
#define APIC_DM_NMI	       0x400
#define APIC_DM_INIT	       0x500
#define APIC_DM_STARTUP	       0x600
#define APIC_DEST_LOGICAL      0x800
#define APIC_ICR_BUSY	       BIT(12)
#define APIC_INT_ASSERT	       BIT(14)
#define APIC_INT_LEVELTRIG     BIT(15)
#define APIC_DEST_SELF	       0x40000
#define APIC_TIMER_DIVIDE_BY_1 0xb

/* IA32_APIC_BASE: the APIC is there; it is in x2APIC mode. */
#define APIC_BASE_ENABLE BIT_ULL(11)
#define APIC_BASE_X2APIC BIT_ULL(10)

/* Choose the mode, and enable this processor's local APIC: software-enabled, LINT1 = NMI, all else masked. */
void apic_init(void);

bool apic_is_x2apic(void);
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);
u32 apic_id(void);

/* End of interrupt, by a write to the register. */
void apic_eoi(void);

/* An x2APIC ID that no processor has; the next one is the broadcast. */
#define APIC_ID_ABSENT 0xfffffffe

/*
 * Within so many milliseconds an interrupt arrives, or it is lost. Delivery takes an instruction or two, but a vCPU may be off
 * its CPU for 100 ms, several times in a row, and the sender and the receiver one after the other.
 */
#define APIC_DELIVERY_MS 3000

/* Send an interrupt to the processor with this physical APIC ID; low is the ICR's lower half. */
void apic_send(u32 destination, u32 low);

/* Is the vector's bit set in the 256-bit register that begins at reg (APIC_ISR, APIC_IRR)? */
bool apic_vector_bit(u32 reg, u8 vector);

/* End all interrupts that are in service on this processor. */
void apic_end_interrupts(void);

#endif
