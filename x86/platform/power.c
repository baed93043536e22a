/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/power.h"

#include "x86/cpu/processor.h"
#include "x86/platform/acpi.h"
#include "x86/platform/serial.h"
#include "x86/platform/virtio_console.h"

#define ISA_DEBUG_EXIT 0xf4
/* The keyboard controller's command that pulses the processor's reset line. */
#define KBD_COMMAND 0x64
#define KBD_RESET   0xfe

/* With an empty interrupt table any exception shuts the processor down, which resets the machine. */
_Noreturn static void triple_fault(void)
{
	static const u8 idtr[10];

	__asm__ volatile("lidt %0; ud2" : : "m"(idtr));
	__builtin_unreachable();
}

void power_off(enum power_off_code code)
{
	irq_disable();
	serial_drain();
	if (virtio_console_ready())
		virtio_console_drain();
	outl(code, ISA_DEBUG_EXIT);
	acpi_power_off();
	outb(KBD_RESET, KBD_COMMAND);
	acpi_reset();
	triple_fault();
}
