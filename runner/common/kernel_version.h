/* SPDX-License-Identifier: BSD-2-Clause */
/* Versions of Linux: "6.18.5", "6.12", "7.3-rc2"; and ranges of them. */
#ifndef RUNNER_COMMON_KERNEL_VERSION_H
#define RUNNER_COMMON_KERNEL_VERSION_H

#include <stdbool.h>

#define KERNEL_VERSION_PARTS 4

struct kernel_version {
	unsigned int parts[KERNEL_VERSION_PARTS]; /* those that are not given are 0 */
	int count; /* of the parts that are given, at least 1 */
	unsigned int candidate; /* N of "-rcN"; 0: it is a release */
};

/* False: @text is no version, and nothing else. */
bool kernel_version_parse(struct kernel_version *version, const char *text);
/* Less than, equal to or greater than 0. 7.3-rc2 is older than 7.3, which is the same as 7.3.0. */
int kernel_version_compare(const struct kernel_version *a, const struct kernel_version *b);
/* Part by part: 6.1.5, 6.1 and 6.1-rc3 begin with 6.1, and 6.12 does not. 6.1-rc3 begins with 6.1-rc3. */
bool kernel_version_begins(const struct kernel_version *version, const struct kernel_version *prefix);

/* The same number for versions of the same stable series: 6.12.1, 6.12.95 and 6.12-rc3. */
unsigned int kernel_version_branch(const struct kernel_version *version);

struct kernel_range {
	struct kernel_version from, to;
};

/* "FROM..TO". NULL: done. Otherwise one line that says what is wrong, which the caller frees. */
char *kernel_range_parse(struct kernel_range *range, const char *text);
/* What begins with an end belongs to the range: all of 6.12.x and 7.3.x to 6.12..7.3. */
bool kernel_range_has(const struct kernel_range *range, const struct kernel_version *version);

#endif
