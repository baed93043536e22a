/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the time of a run goes, from the start of QEMU to its end. All times are CLOCK_MONOTONIC, in milliseconds. */
#ifndef RUNNER_RUN_TIMING_H
#define RUNNER_RUN_TIMING_H

#include <jansson.h>
#include <stdint.h>

struct timing {
	int64_t exec_ms; /* QEMU is executed */
	int64_t first_byte_ms; /* the guest's log begins; 0: it has not */
	int64_t first_test_ms; /* 0: no test has started */
	int64_t suite_ms; /* the current suite's first test */
	char *suite; /* or NULL */
	int64_t report_end_ms; /* the report is complete; 0: it is not */
	json_t *suites; /* of those that have ended: {name, ms} */
};

void timing_init(struct timing *t, int64_t now_ms);
/* The guest printed something. */
void timing_output(struct timing *t, int64_t now_ms);
/* A test of the name SUITE.TEST starts. */
void timing_test(struct timing *t, const char *name, int64_t now_ms);
/* The guest's report is complete; later calls do not count. */
void timing_report_end(struct timing *t, int64_t now_ms);
/*
 * {"start_ms", "boot_ms", "suites": [{"name", "ms"}], "end_ms"}, a new reference: up to the first byte of the log, from
 * there to the first test, each suite, and from the end of the last one to the end of QEMU. What did not happen is missing.
 */
json_t *timing_json(struct timing *t, int64_t end_ms);
void timing_free(struct timing *t);

#endif
