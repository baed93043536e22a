/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/string.h"

size_t strlen(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		;
	return (u8)*a - (u8)*b;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

bool string_to_u64(const char *text, u64 *value)
{
	unsigned base = 10;
	u64 sum = 0;

	if (text[0] == '0' && text[1] == 'x') {
		base = 16;
		text += 2;
	}
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)digit_value(*text);

		if (digit >= base || sum > (UINT64_MAX - digit) / base)
			return false;
		sum = sum * base + digit;
	}
	*value = sum;
	return true;
}

/* One pattern of a comma-separated list; it ends at the comma. */
static bool glob_one(const char *pattern, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			if (!*star || *star == ',') /* the rest, whatever it is */
				return true;
			retry = name;
		} else if (*pattern == '?' || (*pattern == *name && *pattern != ',')) {
			pattern++;
			name++;
		} else if (star) { /* let the last star swallow one character more */
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern || *pattern == ',';
}

bool string_glob(const char *patterns, const char *name)
{
	for (;;) {
		if (glob_one(patterns, name))
			return true;
		while (*patterns && *patterns != ',')
			patterns++;
		if (!*patterns)
			return false;
		patterns++;
	}
}
