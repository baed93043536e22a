/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving the virtual machine. */
#ifndef X86_PLATFORM_POWER_H
#define X86_PLATFORM_POWER_H

/* What goes to QEMU's isa-debug-exit, whose exit status is twice that plus one. */
enum power_off_code {
	POWER_OFF_PASSED = 0,
	POWER_OFF_FAILED = 1,
	POWER_OFF_GAVE_UP = 2,
};

/* Leave through isa-debug-exit, else ACPI S5, else a reset, whichever is there. */
_Noreturn void power_off(enum power_off_code code);

#endif
