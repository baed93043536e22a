/* SPDX-License-Identifier: BSD-2-Clause */
/* After a test that failed: does everything that a test relies on still work, on each vCPU? */
#ifndef SELFTEST_GUEST_UNHARMED_H
#define SELFTEST_GUEST_UNHARMED_H

#include "lib/test.h"

void unharmed(void);

/* A test that must pass, directly after one that must fail. */
#define UNHARMED(suite, name) \
	TEST(suite, name)     \
	{                     \
		unharmed();   \
	}

#endif
