/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exit statuses of all programs here, with plain numbers, so that shell scripts can read them, too. A comparison
 * passed when nothing is worse than before, and failed when something is.
 */
#ifndef RUNNER_COMMON_EXIT_STATUS_H
#define RUNNER_COMMON_EXIT_STATUS_H

#define STATUS_PASSED		 0
#define STATUS_FAILED		 1
#define STATUS_CANNOT_RUN	 2
#define STATUS_NOTHING_VALIDATED 77
#define STATUS_SIGNAL		 128 /* plus the number of the signal that ended the run */

#endif
