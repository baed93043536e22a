/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/arch.h, for the kernel. The needs are in x86/kvm/needs.c. */
#include "lib/arch.h"

#include "lib/test.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/platform/port80.h"
#include "x86/platform/serial.h"
#include "x86/platform/virtio_console.h"

#define UNOWNED (-1)
/* A writer holds the console for milliseconds; one that was stopped by an NMI never releases it. */
#define CONSOLE_WAIT_MS 300
/* Several vCPUs may have to be restarted, up to two seconds each on a host with many more vCPUs than CPUs. */
#define RESTORE_MS 30000

static int console_owner = UNOWNED;

void arch_console_write(const char *text, size_t length)
{
	int self = (int)this_cpu()->index;
	bool enabled = irq_save();
	u64 give_up = timer_ns() + CONSOLE_WAIT_MS * NS_PER_MS;

	for (;;) {
		int owner = UNOWNED;

		if (__atomic_compare_exchange_n(&console_owner, &owner, self, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			break;
		/* An NMI has stopped the owner in the middle of a line: this CPU, or another one. */
		if (owner == self || timer_ns() > give_up)
			break;
		pause();
	}
	if (virtio_console_ready(&virtio_log))
		virtio_console_write(&virtio_log, text, length);
	else
		serial_write(SERIAL_COM1, text, length);
	__atomic_store_n(&console_owner, UNOWNED, __ATOMIC_RELEASE);
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
	exit_to_userspace(); /* a host that emulates instructions may deliver interrupts only then */
	smp_restore();
}

/*
 * Interrupts that are still pending arrive now, at the handlers that the test has set, and count as the test's. The
 * handlers may hang or fault like the test itself.
 */
void arch_restore(void)
{
	timer_watchdog_start(RESTORE_MS);
	if (!rescue_run(restore, NULL))
		test_run_error("not all vCPUs could be restored to their initial state");
	irq_disable();
	timer_watchdog_stop();
	trap_reset_handlers();
}
