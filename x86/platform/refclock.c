/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/platform/refclock.h"

#include "x86/cpu/processor.h"
#include "x86/cpu/timer.h"
#include "x86/platform/acpi.h"

#define NS_PER_SEC 1000000000ull
#define TRIES	   5
#define TRIES_MAX  100

#define PM_TIMER_HZ 3579545

/* IA-PC HPET 1.0a. The period's limit is the specification's. */
#define HPET_CAPABILITIES   0x00
#define HPET_CONFIGURATION  0x10
#define HPET_COUNTER	    0xf0
#define HPET_ENABLE	    BIT(0)
#define HPET_PERIOD_FS_MAX  100000000
#define FEMTOSECONDS_PER_NS 1000000

/* 8254: channel 2 is gated by port 0x61, and its output can be read there; the speaker stays off. */
#define PIT_HZ	      1193182
#define PIT_CHANNEL2  0x42
#define PIT_COMMAND   0x43
#define PIT_MODE2_CH2 0xb4
#define PIT_LATCH_CH2 0x80
#define SPEAKER_PORT  0x61
#define SPEAKER_GATE  0x01
#define SPEAKER_DATA  0x02

struct refclock {
	const char *name;
	u32 (*read)(void);
	u32 mask; /* the counter's width */
};

static u16 pm_timer_port;
static u64 hpet_base;
static u32 hpet_period_fs;

static const struct refclock *present;
static struct refclock pm_timer, hpet, pit;
static u32 last_count;
static u64 wide_count;
static u64 last_tsc;
static unsigned int gaps;

static u32 pm_timer_read(void)
{
	return inl(pm_timer_port);
}

static u32 hpet_read(void)
{
	return *(volatile u32 *)(hpet_base + HPET_COUNTER);
}

/* Counts down; the complement counts up. */
static u32 pit_read(void)
{
	u8 low;

	outb(PIT_LATCH_CH2, PIT_COMMAND);
	low = inb(PIT_CHANNEL2);
	return ~(low | (u32)inb(PIT_CHANNEL2) << 8);
}

static bool hpet_start(void)
{
	volatile u32 *configuration = (volatile u32 *)(hpet_base + HPET_CONFIGURATION);

	hpet_period_fs = *(volatile u32 *)(hpet_base + HPET_CAPABILITIES + 4);
	if (!hpet_period_fs || hpet_period_fs > HPET_PERIOD_FS_MAX)
		return false;
	*configuration |= HPET_ENABLE;
	return true;
}

static void pit_start(void)
{
	outb((u8)((inb(SPEAKER_PORT) & ~SPEAKER_DATA) | SPEAKER_GATE), SPEAKER_PORT);
	outb(PIT_MODE2_CH2, PIT_COMMAND);
	outb(0, PIT_CHANNEL2); /* 0 stands for 65536 */
	outb(0, PIT_CHANNEL2);
}

/* Does it count at all? Each of the three clocks changes within the few microseconds that two reads of a port take. */
static bool counts(const struct refclock *clock)
{
	u32 start = clock->read() & clock->mask;

	for (int i = 0; i < 1000; i++)
		if ((clock->read() & clock->mask) != start)
			return true;
	return false;
}

static bool use(struct refclock *clock, const char *name, u32 (*read)(void), u32 mask)
{
	*clock = (struct refclock){.name = name, .read = read, .mask = mask};
	if (!counts(clock))
		return false;
	present = clock;
	last_count = clock->read() & mask;
	return true;
}

void refclock_init(void)
{
	bool is_32bit = false;

	pm_timer_port = acpi_pm_timer(&is_32bit);
	if (pm_timer_port && use(&pm_timer, "pmtimer", pm_timer_read, is_32bit ? UINT32_MAX : 0xffffff))
		return;
	hpet_base = acpi_hpet();
	if (hpet_base && hpet_start() && use(&hpet, "hpet", hpet_read, UINT32_MAX))
		return;
	pit_start();
	use(&pit, "pit", pit_read, 0xffff);
}

const char *refclock_name(void)
{
	return present ? present->name : NULL;
}

static u64 ticks_to_ns(u64 ticks)
{
	if (present == &hpet)
		return ticks * hpet_period_fs / FEMTOSECONDS_PER_NS;
	return ticks * NS_PER_SEC / (present == &pm_timer ? PM_TIMER_HZ : PIT_HZ);
}

void refclock_read_closely(struct refclock_sample *sample, u64 slack)
{
	u32 count = 0;

	sample->tsc_slack = UINT64_MAX;
	for (int i = 0; i < TRIES || (i < TRIES_MAX && sample->tsc_slack > slack); i++) {
		u64 before = rdtsc();
		u32 now = present->read() & present->mask;
		u64 after = rdtsc();

		if ((after - before) / 2 >= sample->tsc_slack)
			continue;
		sample->tsc_slack = (after - before) / 2;
		sample->tsc = before + sample->tsc_slack;
		count = now;
	}
	/* 3/4: the frequency of the TSC comes from a short calibration, or is a guess during that. */
	if (timer_tsc_to_ns(sample->tsc - last_tsc) > ticks_to_ns(present->mask) / 4 * 3)
		gaps++;
	wide_count += (count - last_count) & present->mask;
	last_count = count;
	last_tsc = sample->tsc;
	sample->count = wide_count;
	sample->gaps = gaps;
}

void refclock_read(struct refclock_sample *sample)
{
	refclock_read_closely(sample, UINT64_MAX);
}

bool refclock_kept_count(const struct refclock_sample *from, const struct refclock_sample *to)
{
	return from->gaps == to->gaps;
}

u64 refclock_ns(const struct refclock_sample *from, const struct refclock_sample *to)
{
	return ticks_to_ns(to->count - from->count);
}

u64 refclock_tick_ns(void)
{
	if (present == &hpet)
		return (hpet_period_fs + FEMTOSECONDS_PER_NS - 1) / FEMTOSECONDS_PER_NS;
	return NS_PER_SEC / (present == &pm_timer ? PM_TIMER_HZ : PIT_HZ) + 1;
}
