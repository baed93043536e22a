/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/rtc.h"

#include "lib/string.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"

#define RTC_INDEX_PORT 0x70 /* bit 7 is not the clock's: it masks NMIs */
#define RTC_DATA_PORT  0x71

enum { SECOND = 0, MINUTE = 2, HOUR = 4, DAY = 7, MONTH = 8, YEAR = 9, STATUS_A = 10, STATUS_B = 11 };

#define STATUS_A_UPDATING BIT(7)
#define STATUS_B_24_HOURS BIT(1)
#define STATUS_B_BINARY	  BIT(2)
#define HOUR_PM		  BIT(7)

/* An update takes 2.2 ms. Without a device at these ports all bits read as ones, and an update never ends. */
#define UPDATE_MS 20
/* Two readings differ when a second goes by, or the vCPU was off its CPU, between them. */
#define TRIES 10

static u8 read_register(u8 index)
{
	outb(index, RTC_INDEX_PORT);
	return inb(RTC_DATA_PORT);
}

static unsigned int number(u8 value, u8 status_b)
{
	return (status_b & STATUS_B_BINARY) ? value : (value >> 4) * 10u + (value & 15);
}

static unsigned int hour_of_day(const struct rtc_registers *r)
{
	unsigned int hour;

	if (r->status_b & STATUS_B_24_HOURS)
		return number(r->hour, r->status_b);
	hour = number((u8)(r->hour & ~HOUR_PM), r->status_b) % 12;
	return (r->hour & HOUR_PM) ? hour + 12 : hour;
}

bool rtc_decode(const struct rtc_registers *r, u64 *seconds)
{
	static const u16 days_before_month[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	unsigned int year = 2000 + number(r->year, r->status_b);
	unsigned int month = number(r->month, r->status_b);
	unsigned int day = number(r->day, r->status_b);
	u64 days;

	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	/* Up to 2099 every fourth year is a leap year. */
	days = (year - 1970) * 365ull + (year - 1969) / 4 + days_before_month[month - 1] + day - 1;
	if (month > 2 && year % 4 == 0)
		days++;
	*seconds = ((days * 24 + hour_of_day(r)) * 60 + number(r->minute, r->status_b)) * 60 +
		   number(r->second, r->status_b);
	return true;
}

static void read_all(struct rtc_registers *r)
{
	r->second = read_register(SECOND);
	r->minute = read_register(MINUTE);
	r->hour = read_register(HOUR);
	r->day = read_register(DAY);
	r->month = read_register(MONTH);
	r->year = read_register(YEAR);
	r->status_b = read_register(STATUS_B);
}

bool rtc_read(u64 *seconds)
{
	struct rtc_registers first, second;

	for (int i = 0; i < TRIES; i++) {
		if (!timer_wait_until(!(read_register(STATUS_A) & STATUS_A_UPDATING), UPDATE_MS))
			return false;
		read_all(&first);
		read_all(&second);
		if (!memcmp(&first, &second, sizeof(first)))
			return rtc_decode(&first, seconds);
	}
	return false;
}
