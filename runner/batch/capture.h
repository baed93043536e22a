/* SPDX-License-Identifier: BSD-2-Clause */
/* What another program prints. */
#ifndef RUNNER_BATCH_CAPTURE_H
#define RUNNER_BATCH_CAPTURE_H

/* Exit statuses of capture() besides the program's own, as env(1) and timeout(1) have them. */
#define CAPTURE_CANNOT_START 127
#define CAPTURE_TIMED_OUT    124
#define CAPTURE_SIGNAL	     128 /* plus the signal's number */

/*
 * Runs @argv (ends with NULL; the program is found as execvp(3) does) with @input on its standard input, which is
 * shorter than a pipe's buffer. Returns what it prints on stdout and stderr, which the caller frees, and sets *@status
 * to its exit status. After @seconds it is killed.
 */
char *capture(const char *const *argv, const char *input, int seconds, int *status);

#endif
