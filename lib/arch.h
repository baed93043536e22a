/* SPDX-License-Identifier: BSD-2-Clause */
/* What lib/ needs of the processor: implemented by x86/ in the kernel, by selftest/unit/ on the build machine. */
#ifndef LIB_ARCH_H
#define LIB_ARCH_H

#include "lib/types.h"
#include "lib/verdict.h"

struct test_needs;
struct unmet;

/* Write length bytes to the console, not torn apart by what other CPUs write at the same time. */
void arch_console_write(const char *text, size_t length);

/*
 * Run a test body inside a rescue scope (x86/cpu/rescue.h): an unexpected exception, or budget_ms of guest time going
 * by, ends it and is reported through test_report().
 */
void arch_run_rescuable(void (*body)(void), unsigned int budget_ms);

/* Leave the innermost rescue scope on this CPU, now. */
_Noreturn void arch_leave_test(void);

/* Bring every CPU and all test-visible state back to where a test may rely on it. Called after each test. */
void arch_restore(void);

/*
 * Which calls in tests led to the check that calls this, as text[size]: " [called from FILE:LINE < FILE:LINE]",
 * innermost first, or "" when the check stands in the test's body, and so has no caller in a test. check_file is the
 * file in which the check stands.
 */
void arch_call_chain(char *text, size_t size, const char *check_file);

/* VERDICT_PASS when a test with these needs can run here; otherwise its verdict, and which need is not met. */
enum verdict arch_check_needs(const struct test_needs *needs, struct unmet *unmet);

/* One sentence for people into text[size]: which need is not met, and what would meet it. */
void arch_explain_unmet(const struct unmet *unmet, char *text, size_t size);

/* How many times as long anything may take here as with a CPU of the host for each CPU: 1 or more. */
unsigned int arch_time_factor(void);

/* The index of the CPU that this runs on; 0 is the boot CPU, which runs the tests. */
unsigned int arch_cpu_index(void);

#endif
