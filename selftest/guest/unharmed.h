/* SPDX-License-Identifier: BSD-2-Clause */
/* After a test that went wrong: is all that a test relies on still there, on every vCPU? */
#ifndef SELFTEST_GUEST_UNHARMED_H
#define SELFTEST_GUEST_UNHARMED_H

#include "lib/test.h"

void unharmed(void);

/* A test that must pass, to stand behind one that must not. */
#define UNHARMED(suite, name) \
	TEST(suite, name)     \
	{                     \
		unharmed();   \
	}

#endif
