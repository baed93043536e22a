/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are there with all that belongs in them, or not at all. */
#ifndef RUNNER_COMMON_WHOLE_FILE_H
#define RUNNER_COMMON_WHOLE_FILE_H

#include <stdbool.h>

/* False, with errno: there is no such file now, or still the one before. */
bool whole_file_write(const char *path, const char *text);

#endif
