/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdicts that a test can end with, shared by the kernel and the runner. Ordered so that the worst one sticks. */
#ifndef LIB_VERDICT_H
#define LIB_VERDICT_H

/*
 * X(NAME, word): the word is what a result's JSON and the reports call the verdict.
 *	PASS	every check held
 *	SKIP	a need is not met; lib/unmet.h says which
 *	ERROR	the tests or the set-up are at fault
 *	TIMEOUT	the run ended before the test did; given by the runner only
 *	FAIL	the host broke the contract
 */
#define VERDICTS(X)           \
	X(PASS, "pass")       \
	X(SKIP, "skip")       \
	X(ERROR, "error")     \
	X(TIMEOUT, "timeout") \
	X(FAIL, "fail")

enum verdict {
#define VERDICT_ENUMERATOR(name, word) VERDICT_##name,
	VERDICTS(VERDICT_ENUMERATOR)
#undef VERDICT_ENUMERATOR
};

#endif
