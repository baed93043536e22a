/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON files that may come from anywhere: only regular files are read (a FIFO would block, and a device may have no
 * end), and only up to a limit.
 */
#ifndef RUNNER_COMMON_JSON_FILE_H
#define RUNNER_COMMON_JSON_FILE_H

#include <jansson.h>

/* A result of 300 tests has some 50 KiB. */
#define JSON_FILE_MAX (64 << 20)

/* The document in the file. NULL: *@why, which the caller frees, says what is wrong; errno is 0 or why it is not read. */
json_t *json_file_load(const char *path, char **why);

/*
 * The documents in the file, one in each line, as an array. A line that is none is left out; *@left_out, which may be NULL, is
 * how many of them there were.
 */
json_t *json_file_load_lines(const char *path, size_t *left_out);

#endif
