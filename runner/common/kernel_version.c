/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/kernel_version.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"

#define DIGITS_MAX 6

/* False: there is no number, or one that is too long. */
static bool take_number(unsigned int *number, const char **text)
{
	size_t digits = strspn(*text, "0123456789");

	if (!digits || digits > DIGITS_MAX)
		return false;
	*number = (unsigned int)strtoul(*text, NULL, 10);
	*text += digits;
	return true;
}

bool kernel_version_parse(struct kernel_version *version, const char *text)
{
	static const char candidate[] = "-rc";

	*version = (struct kernel_version){0};
	do {
		if (version->count == KERNEL_VERSION_PARTS ||
		    !take_number(&version->parts[version->count++], &text))
			return false;
	} while (*text == '.' && *++text);
	if (!strncmp(text, candidate, strlen(candidate))) {
		text += strlen(candidate);
		if (!take_number(&version->candidate, &text) || !version->candidate)
			return false;
	}
	return !*text && text[-1] != '.';
}

int kernel_version_compare(const struct kernel_version *a, const struct kernel_version *b)
{
	for (int i = 0; i < KERNEL_VERSION_PARTS; i++)
		if (a->parts[i] != b->parts[i])
			return a->parts[i] < b->parts[i] ? -1 : 1;
	if (a->candidate == b->candidate)
		return 0;
	/* All candidates come before the release. */
	if (!a->candidate || !b->candidate)
		return a->candidate ? -1 : 1;
	return a->candidate < b->candidate ? -1 : 1;
}

bool kernel_version_begins(const struct kernel_version *version, const struct kernel_version *prefix)
{
	for (int i = 0; i < prefix->count; i++)
		if (version->parts[i] != prefix->parts[i])
			return false;
	return !prefix->candidate || !kernel_version_compare(version, prefix);
}

unsigned int kernel_version_branch(const struct kernel_version *version)
{
	return version->parts[0] << 16 | (version->parts[1] & 0xffff);
}

char *kernel_range_parse(struct kernel_range *range, const char *text)
{
	const char *dots = strstr(text, "..");
	char *from = text_copy(text, dots ? (size_t)(dots - text) : 0), *why = NULL;

	if (!dots || !kernel_version_parse(&range->from, from) || !kernel_version_parse(&range->to, dots + 2))
		why = text_format("wants FROM..TO, two versions of Linux as in 6.12..7.3, not \"%s\"", text);
	else if (kernel_version_compare(&range->from, &range->to) > 0 &&
		 !kernel_version_begins(&range->from, &range->to))
		why = text_format("wants the older version first: %s is newer than %s", from, dots + 2);
	free(from);
	return why;
}

bool kernel_range_has(const struct kernel_range *range, const struct kernel_version *version)
{
	return (kernel_version_compare(version, &range->from) >= 0 ||
		kernel_version_begins(version, &range->from)) &&
	       (kernel_version_compare(version, &range->to) <= 0 ||
		kernel_version_begins(version, &range->to));
}
