/* SPDX-License-Identifier: BSD-2-Clause */
/* The CMOS clock (MC146818): the host's time of day as the VMM, not KVM, provides it. */
#ifndef X86_PLATFORM_RTC_H
#define X86_PLATFORM_RTC_H

#include "lib/types.h"

/* As the chip has them: BCD or binary, 12 or 24 hours, as status register B says. */
struct rtc_registers {
	u8 second, minute, hour, day, month, year, status_b;
};

/* Seconds since 1970, of a year in this century. False when the registers hold no date. */
bool rtc_decode(const struct rtc_registers *registers, u64 *seconds);

/* The time now, in whole seconds. False where there is no such clock. */
bool rtc_read(u64 *seconds);

#endif
