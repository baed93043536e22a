/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/arch.h, for the kernel. The needs are in x86/kvm/needs.c. */
#include "lib/arch.h"

#include "lib/test.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/platform/serial.h"
#include "x86/platform/virtio_console.h"

#define NOBODY (-1)
/* A writer holds the console for milliseconds; one that an NMI took out of it holds it for ever. */
#define CONSOLE_WAIT_MS 300
/* Several vCPUs may have to be started again, which on a crowded host takes up to two seconds each. */
#define RESTORE_MS 30000

static int console_owner = NOBODY;

void arch_console_write(const char *text, size_t length)
{
	int self = (int)this_cpu()->index;
	bool enabled = irq_save();
	u64 give_up = timer_ns() + CONSOLE_WAIT_MS * NS_PER_MS;

	for (;;) {
		int nobody = NOBODY;

		if (__atomic_compare_exchange_n(&console_owner, &nobody, self, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			break;
		if (nobody == self || timer_ns() > give_up) /* our own line was cut short, or theirs was */
			break;
		pause();
	}
	if (virtio_console_ready())
		virtio_console_write(text, length);
	else
		serial_write(text, length);
	__atomic_store_n(&console_owner, NOBODY, __ATOMIC_RELEASE);
	irq_restore(enabled);
}

static void call_body(void *argument)
{
	void (**body)(void) = argument;

	irq_enable();
	(*body)();
}

void arch_run_rescuable(void (*body)(void), unsigned int budget_ms)
{
	timer_watchdog_start(budget_ms);
	rescue_run(call_body, &body);
	irq_disable();
	timer_watchdog_stop();
}

unsigned int arch_cpu_index(void)
{
	return this_cpu()->index;
}

void arch_leave_test(void)
{
	rescue_leave();
}

static void restore(void *unused)
{
	(void)unused;
	irq_enable();
	outb(0, 0x80); /* a trip to the host: one that interprets may deliver nothing before the next */
	smp_restore();
}

/*
 * What is still pending arrives now, at the handlers that the test set, while its name stands. They may hang or
 * fault like the test itself.
 */
void arch_restore(void)
{
	timer_watchdog_start(RESTORE_MS);
	if (!rescue_run(restore, NULL))
		test_run_error("the vCPUs could not all be put back in order");
	irq_disable();
	timer_watchdog_stop();
	trap_reset_handlers();
}
