/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/ioapic_nmi.h"

#include "x86/cpu/apic.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/platform/ioapic.h"

#define PIT_CHANNEL0	 0x40
#define PIT_COMMAND	 0x43
#define PIT_ONE_SHOT_CH0 0x30 /* mode 0: the output rises once, when the count is over */
#define PIT_STATUS_CH0	 0xe2 /* read-back command: the next byte read is the status */
#define PIT_STATUS_OUT	 BIT(7)

/* An NMI that was sent just before the pin was masked arrives within this time; on most hosts, at once. */
#define LATE_NS (5 * NS_PER_MS)

static bool active;
static u64 late_until; /* a TSC value: until then, an NMI may still arrive */

static void start_count(void)
{
	outb(PIT_ONE_SHOT_CH0, PIT_COMMAND);
	outb(0xff, PIT_CHANNEL0);
	outb(0xff, PIT_CHANNEL0);
}

void ioapic_nmi_start(void)
{
	/* Start the count while the pin is masked: a host may still have the end of an earlier count to process. */
	start_count();
	WRITE_ONCE(active, true);
	ioapic_write(IOAPIC_REDIRECTION_HI(IOAPIC_PIT_PIN), apic_id() << 24);
	ioapic_write(IOAPIC_REDIRECTION(IOAPIC_PIT_PIN), IOAPIC_DM_NMI);
}

static bool count_is_over(void)
{
	outb(PIT_STATUS_CH0, PIT_COMMAND);
	return inb(PIT_CHANNEL0) & PIT_STATUS_OUT;
}

void ioapic_nmi_stop(void)
{
	u64 late_before = late_until;

	if (!active)
		return;
	ioapic_write(IOAPIC_REDIRECTION(IOAPIC_PIT_PIN), IOAPIC_MASKED);
	/* An NMI may arrive at any time until the count is known to be running. */
	WRITE_ONCE(late_until, rdtsc() + timer_ns_to_tsc(LATE_NS));
	WRITE_ONCE(active, false);
	if (!count_is_over())
		WRITE_ONCE(late_until, late_before);
}

bool ioapic_nmi_taken(void)
{
	if (READ_ONCE(active) && count_is_over()) {
		start_count();
		return true;
	}
	return rdtsc() < READ_ONCE(late_until);
}
