/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests on the build machine. In lib/ and x86/, strlen(), memcpy() and so on are compiled under other
 * names here (see selftest.mk): sanitizers, cmocka and libc want their own.
 */
#ifndef SELFTEST_UNIT_UNIT_H
#define SELFTEST_UNIT_UNIT_H

/* What cmocka.h wants to find included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/types.h"

#endif
