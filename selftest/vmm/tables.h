/* SPDX-License-Identifier: BSD-2-Clause */
/* What the VMM leaves in the guest's memory: ACPI tables, and what a PVH loader hands over. */
#ifndef SELFTEST_VMM_TABLES_H
#define SELFTEST_VMM_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As in Cloud Hypervisor, one I/O port powers off and resets. */
#define PM_TIMER_PORT 0x608
#define SLEEP_PORT    0x600
#define SLEEP_S5      0x34 /* SLP_EN, and S5's type, 5 */
#define RESET_VALUE   1

/*
 * Write tables and start information for a guest with this much memory at 0. Returns the address of the latter. The
 * FADT is hardware-reduced; what it names is in its 64-bit fields alone.
 */
uint32_t tables_write(uint8_t *memory, size_t size, const char *cmdline, bool pm_timer);

#endif
