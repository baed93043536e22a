/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt vectors that the kernel keeps for itself. Tests may use FIRST_TEST_VECTOR to LAST_TEST_VECTOR. */
#ifndef X86_CPU_VECTORS_H
#define X86_CPU_VECTORS_H

#define FIRST_TEST_VECTOR 0x30
#define LAST_TEST_VECTOR  0xdf

#define WAKE_VECTOR 0xee /* ends another processor's HLT */
/* Of the highest priority class, so that an interrupt which a test left in service does not block the watchdog. */
#define TIMER_VECTOR	0xef
#define SPURIOUS_VECTOR 0xff

#endif
