/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving the virtual machine. The runner includes this file for the codes. */
#ifndef X86_PLATFORM_POWER_H
#define X86_PLATFORM_POWER_H

/* What the kernel writes to QEMU's isa-debug-exit. */
enum power_off_code {
	POWER_OFF_PASSED = 0,
	POWER_OFF_FAILED = 1,
	POWER_OFF_GAVE_UP = 2,
};

/* QEMU's exit status for a code (QEMU, hw/misc/debugexit.c). */
#define POWER_OFF_STATUS(code) ((code)*2 + 1)

/* The kernel's only: leave through isa-debug-exit, else ACPI S5, else a reset, the first that works. */
_Noreturn void power_off(enum power_off_code code);

/* Ways in which a guest resets a PC. */
enum power_reset_way { POWER_RESET_PORT, POWER_RESET_KEYBOARD, POWER_RESET_TRIPLE_FAULT };

/* Reset the machine. Returns if this way has no effect here. */
void power_reset(enum power_reset_way way);

#endif
