/* SPDX-License-Identifier: BSD-2-Clause */
/* The four verdicts a test can end with, ordered so that the worst one sticks. */
#ifndef LIB_VERDICT_H
#define LIB_VERDICT_H

enum verdict {
	VERDICT_PASS,
	VERDICT_SKIP, /* a need is not met; the reason says how to meet it */
	VERDICT_ERROR, /* we, or the set-up, are at fault */
	VERDICT_FAIL, /* the host broke the contract */
};

#endif
