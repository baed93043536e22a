/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/config_keys.h"

#include <string.h>

/* Spelled out: what isalnum() and ranges mean depends on the locale. */
#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Are the @length bytes of @text, one or more, all in @set? */
static bool is_made_of(const char *text, size_t length, const char *set)
{
	return length > 0 && strspn(text, set) >= length;
}

/* Is each part of @value an item? Parts end at one @separator. */
static bool is_list(const char *value, char separator, bool (*is_item)(const char *item, size_t length))
{
	for (;;) {
		const char *end = strchrnul(value, separator);

		if (!is_item(value, (size_t)(end - value)))
			return false;
		if (!*end)
			return true;
		value = end + 1;
	}
}

/* Is each word of @value an item? Words have one or more spaces between them. */
static bool is_words(const char *value, bool (*is_item)(const char *item, size_t length))
{
	while (*value) {
		size_t length = strcspn(value, " ");

		if (!is_item(value, length))
			return false;
		value += length + strspn(value + length, " ");
	}
	return true;
}

static bool is_number(const char *text, size_t length)
{
	return is_made_of(text, length, DIGITS);
}

static bool is_count(const char *value)
{
	return *value != '0' && is_number(value, strlen(value));
}

static bool is_word(const char *value)
{
	return !strpbrk(value, " \t");
}

static bool is_anything(const char *value)
{
	(void)value;
	return true;
}

/* NAME=NUMBER */
static bool is_topology(const char *item, size_t length)
{
	const char *equals = memchr(item, '=', length);
	size_t name = equals ? (size_t)(equals - item) : 0;

	return equals && is_made_of(item, name, LOWER) && is_number(equals + 1, length - name - 1);
}

static bool is_smp(const char *value)
{
	size_t count = strcspn(value, ",");

	return *value != '0' && is_number(value, count) &&
	       (!value[count] || is_list(value + count + 1, ',', is_topology));
}

static bool is_group(const char *item, size_t length)
{
	return is_made_of(item, length, LOWER DIGITS "_-");
}

static bool is_groups(const char *value)
{
	return is_words(value, is_group);
}

static bool is_feature(const char *item, size_t length)
{
	return is_made_of(item, length, LOWER DIGITS "-");
}

static bool is_features(const char *value)
{
	return is_list(value, ',', is_feature);
}

/* PATH=VALUE */
static bool is_file_content(const char *item, size_t length)
{
	const char *equals = memchr(item, '=', length);

	return equals && equals > item && equals + 1 < item + length &&
	       !memchr(equals + 1, '=', length - (size_t)(equals + 1 - item));
}

static bool is_check(const char *value)
{
	return is_words(value, is_file_content);
}

/* N or N-N */
static bool is_cpu_range(const char *item, size_t length)
{
	const char *dash = memchr(item, '-', length);
	size_t first = dash ? (size_t)(dash - item) : length;

	return is_number(item, first) && (!dash || is_number(dash + 1, length - first - 1));
}

static bool is_cpu_list(const char *value)
{
	return is_list(value, ',', is_cpu_range);
}

static bool is_cpu_list_item(const char *item, size_t length)
{
	bool valid = length > 0;

	while (valid && length) {
		const char *comma = memchr(item, ',', length);
		size_t range = comma ? (size_t)(comma - item) : length;

		valid = is_cpu_range(item, range) && (!comma || length > range + 1);
		item += range + (comma != NULL);
		length -= range + (comma != NULL);
	}
	return valid;
}

static bool is_cpu_lists(const char *value)
{
	return is_words(value, is_cpu_list_item);
}

static bool is_file_name(const char *value)
{
	return is_made_of(value, strlen(value), UPPER LOWER DIGITS "._-");
}

static bool is_switch(const char *value)
{
	return !strcmp(value, "on") || !strcmp(value, "off");
}

static bool is_accel(const char *value)
{
	return !strcmp(value, "kvm") || !strcmp(value, "tcg");
}

static bool is_console(const char *value)
{
	return !strcmp(value, "virtio") || !strcmp(value, "serial");
}

const struct config_key_rules config_keys[CONFIG_KEYS] = {
	[CONFIG_SMP] = {.name = "smp", .is_valid = is_smp, .fallback = "2"},
	[CONFIG_QEMU_PARAMS] = {.name = "qemu_params", .is_valid = is_anything},
	[CONFIG_MACHINE] = {.name = "machine", .is_valid = is_word, .unset = "none"},
	[CONFIG_BIOS] = {.name = "bios", .is_valid = is_word, .unset = "none"},
	[CONFIG_MEMORY] = {.name = "memory", .is_valid = is_count, .unset = "none"},
	[CONFIG_CPU] = {.name = "cpu", .is_valid = is_word, .unset = "none"},
	[CONFIG_CPU_FLAGS] = {.name = "cpu_flags", .is_valid = is_word, .unset = "none"},
	[CONFIG_GROUPS] = {.name = "groups", .is_valid = is_groups},
	[CONFIG_TIMEOUT] = {.name = "timeout", .is_valid = is_count, .fallback = "90"},
	[CONFIG_ACCEL] = {.name = "accel", .is_valid = is_accel, .unset = "any"},
	[CONFIG_CHECK] = {.name = "check", .is_valid = is_check},
	[CONFIG_FEATURES] = {.name = "features", .is_valid = is_features},
	[CONFIG_ABSENT] = {.name = "absent", .is_valid = is_features},
	[CONFIG_MAY_REFUSE] = {.name = "may_refuse", .is_valid = is_anything},
	[CONFIG_ENFORCE] = {.name = "enforce", .is_valid = is_switch, .fallback = "off"},
	[CONFIG_AFFINITY] = {.name = "affinity", .is_valid = is_cpu_list},
	[CONFIG_VCPU_AFFINITY] = {.name = "vcpu_affinity", .is_valid = is_cpu_lists},
	[CONFIG_COLD_MEMORY] = {.name = "cold_memory", .is_valid = is_switch, .fallback = "off"},
	[CONFIG_CONSOLE] = {.name = "console", .is_valid = is_console, .fallback = "virtio"},
	[CONFIG_CHANNEL] = {.name = "channel", .is_valid = is_switch, .fallback = "off"},
	[CONFIG_APPEND] = {.name = "append", .is_valid = is_anything},
	[CONFIG_FILE] = {.name = "file", .is_valid = is_file_name, .fallback = "kvm-pv-tests"},
};

enum config_key config_key_find(const char *name)
{
	enum config_key key = 0;

	while (key < CONFIG_KEYS && strcmp(config_keys[key].name, name))
		key++;
	return key;
}

bool config_name_is_reserved(const char *name)
{
	return !strcmp(name, "report") || !strcmp(name, "soak");
}

bool config_name_is_valid(const char *name)
{
	return !config_name_is_reserved(name) && *name && strchr(UPPER LOWER DIGITS, *name) &&
	       is_made_of(name, strlen(name), UPPER LOWER DIGITS "._+-");
}

bool config_key_is_word(const char *key)
{
	return is_made_of(key, strlen(key), LOWER "_");
}
