/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/told.h"

#include "lib/format.h"
#include "lib/string.h"

struct told_facts told;

static const struct {
	const char *key, *off, *on;
	enum told *fact;
} switches[] = {
	{"enforce", "off", "on", &told.enforce},
	{"cold", "off", "on", &told.cold},
	{"shared-cpu", "off", "on", &told.shared_cpu},
	{"raced-cpu", "off", "on", &told.raced_cpu},
	{"hidden", "off", "on", &told.hidden},
	{"long-tests", "off", "on", &told.long_tests},
	{"hlt-exits", "off", "on", &told.hlt_exits},
	{"lapic", "vmm", "kernel", &told.kernel_lapic},
	{"foreign-hypercalls", "undefined", "replaced", &told.foreign_hypercalls},
	{"map-gpa-range", "status", "sum", &told.map_gpa_range_sum},
	{"channel", "com2", "virtio", &told.virtio_channel},
	{"cmos-clock", "other", "host", &told.host_cmos_clock},
	{"apicv", "off", "on", &told.apicv},
	{"tsc-clock", "off", "on", &told.tsc_clock},
	{"tsc-stable", "off", "on", &told.tsc_stable},
	{"doubled-interrupts", "off", "on", &told.doubled_interrupts},
	{"host-is-virtual", "off", "on", &told.host_is_virtual},
};

static const struct {
	const char *key;
	struct told_number *fact;
	u64 min, max;
} numbers[] = {
	{"kvm-features", &told.kvm_features, 0, ~0u},
	{"kvm-base", &told.kvm_base, 0x40000000, 0x4000ff00},
	{"vcpu-tsc-khz", &told.vcpu_tsc_khz, 1, ~0u},
	{"host-cpus", &told.host_cpus, 1, 1 << 20},
	{"epoch", &told.epoch, 1, ~0ull},
};

#define SLEW_KEY     "clock-slew-ppm"
#define SLEW_MAX_PPM 100000

static bool parse_number(const char *value, u64 min, u64 max, struct told_number *fact)
{
	u64 number;

	if (!string_to_u64(value, &number) || number < min || number > max)
		return false;
	*fact = (struct told_number){.known = true, .value = number};
	return true;
}

static bool parse_slew(const char *value)
{
	bool negative = *value == '-';
	u64 ppm;

	if (!string_to_u64(value + negative, &ppm) || ppm > SLEW_MAX_PPM)
		return false;
	told.clock_slew_known = true;
	told.clock_slew_ppm = negative ? -(s64)ppm : (s64)ppm;
	return true;
}

bool told_parse(const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		bool on = !strcmp(value, switches[i].on);

		if (strcmp(key, switches[i].key) || (!on && strcmp(value, switches[i].off)))
			continue;
		*switches[i].fact = on ? TOLD_ON : TOLD_OFF;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(key, numbers[i].key))
			return parse_number(value, numbers[i].min, numbers[i].max, numbers[i].fact);
	return !strcmp(key, SLEW_KEY) && parse_slew(value);
}

size_t told_arguments(char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_SIZE(switches) && length < size; i++)
		length += format(text + length, size - length, "%s=%s|%s ", switches[i].key, switches[i].on,
				 switches[i].off);
	for (size_t i = 0; i < ARRAY_SIZE(numbers) && length < size; i++)
		length += format(text + length, size - length, "%s=N ", numbers[i].key);
	if (length < size)
		length += format(text + length, size - length, SLEW_KEY "=N");
	return length;
}
