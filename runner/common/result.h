/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The result of one run: what it says, how it is judged, how it gets to disk, and how it reads in
 * one line.
 */
#ifndef RUNNER_COMMON_RESULT_H
#define RUNNER_COMMON_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define RESULT_SCHEMA 1

/* Exit statuses of pvrun and pvreport. */
enum result_status {
	RESULT_PASS = 0,
	RESULT_FAIL = 1,
	RESULT_CANNOT_RUN = 2,
	RESULT_NOTHING_VALIDATED = 77,
};

struct result_file {
	char *path, *part; /* part: where it is written before it takes its place */
	FILE *stream;
};

/*
 * False, with errno: cannot be written. Done early, so that nobody runs a VM for a result that has
 * no place.
 */
bool result_open(struct result_file *file, const char *path);
/* Puts @result in place whole, or (false, with errno) not at all. */
bool result_write(struct result_file *file, const json_t *result);

enum result_status result_status(const json_t *result);
/* "PASS  default  101 passed, 20 skipped (4.2 s)" */
void result_print_line(const json_t *result, FILE *out);

/* A string or number of @result by path; "" or 0 when it is not there. */
const char *result_string(const json_t *object, const char *key);
long long result_number(const json_t *object, const char *key);

#endif
