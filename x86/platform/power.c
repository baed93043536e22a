/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/power.h"

#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/platform/acpi.h"
#include "x86/platform/serial.h"
#include "x86/platform/virtio_console.h"

#define ISA_DEBUG_EXIT 0xf4
/* The keyboard controller's command that pulses the processor's reset line. */
#define KBD_COMMAND 0x64
#define KBD_RESET   0xfe
/* PC chipsets' reset control register: reset the processor, and the machine with it. */
#define RESET_CONTROL	   0xcf9
#define RESET_CONTROL_FULL 0x06
/* Some VMMs note the guest's wish and end the VM from another thread. */
#define POWER_OFF_MS 1000

/* With an empty interrupt table any exception shuts the processor down, which resets the machine. */
_Noreturn static void triple_fault(void)
{
	static const u8 idtr[10];

	__asm__ volatile("lidt %0; ud2" : : "m"(idtr));
	__builtin_unreachable();
}

static void do_write(const struct acpi_write *write)
{
	if (!write->to_port)
		*(volatile u8 *)write->address = (u8)write->value;
	else if (write->size == 2)
		outw(write->value, (u16)write->address);
	else
		outb((u8)write->value, (u16)write->address);
}

void power_off(enum power_off_code code)
{
	struct acpi_write write;

	irq_disable();
	serial_drain(SERIAL_COM1);
	if (virtio_console_ready(&virtio_log))
		virtio_console_drain(&virtio_log);
	outl(code, ISA_DEBUG_EXIT);
	if (acpi_power_off_write(&write)) {
		do_write(&write);
		timer_spin(POWER_OFF_MS * NS_PER_MS);
	}
	outb(KBD_RESET, KBD_COMMAND);
	if (acpi_reset_write(&write))
		do_write(&write);
	outb(RESET_CONTROL_FULL, RESET_CONTROL);
	triple_fault();
}

void power_reset(enum power_reset_way way)
{
	irq_disable();
	switch (way) {
	case POWER_RESET_PORT:
		outb(RESET_CONTROL_FULL, RESET_CONTROL);
		break;
	case POWER_RESET_KEYBOARD:
		outb(KBD_RESET, KBD_COMMAND);
		break;
	case POWER_RESET_TRIPLE_FAULT:
		triple_fault();
	}
	timer_spin(POWER_OFF_MS * NS_PER_MS);
}
