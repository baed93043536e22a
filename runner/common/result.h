/* SPDX-License-Identifier: BSD-2-Clause */
/* The result of one run, as JSON: how it gets to disk, and what exit status it makes. */
#ifndef RUNNER_COMMON_RESULT_H
#define RUNNER_COMMON_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "runner/common/run_end.h"
#include "runner/common/verdict.h"

#define RESULT_SCHEMA 1

struct result_file {
	char *path, *part; /* part: where it is written before it takes its place */
	FILE *stream;
};

/* False, with errno: the file cannot be written. To be called before the VM starts, which takes longer. */
bool result_open(struct result_file *file, const char *path);
/* Puts @result in place whole, or (false, with errno) not at all. */
bool result_write(struct result_file *file, const json_t *result);
/* Removes what a program left that died before it could put its result in place. */
void result_discard(const char *path);

/* A result's "verdict" and "end". What is missing or unknown counts as an error, and as an exit. */
enum verdict result_verdict(const json_t *result);
enum run_end result_end(const json_t *result);

/* The exit status for a result with this verdict and end: one of runner/common/exit_status.h. */
int result_status(enum verdict verdict, enum run_end end);

/* Of two statuses: a failure outranks what cannot run, which outranks success, which outranks what validates nothing. */
int result_worse_status(int a, int b);

/* The string or number @key of @object; "" or 0 if there is none. */
const char *result_string(const json_t *object, const char *key);
long long result_number(const json_t *object, const char *key);
/* The same, at least 0; and the sum of two such numbers, which stops at the greatest there is. */
long long result_count(const json_t *object, const char *key);
long long result_add(long long a, long long b);

#endif
