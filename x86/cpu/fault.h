/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Probes: instructions that may fault, and their results. A probe has an entry in the exception table; on a fault the
 * trap handler puts a fault_t into R11 and resumes behind the instruction. A probe uses only registers, so it works at
 * any privilege level and before anything is set up.
 */
#ifndef X86_CPU_FAULT_H
#define X86_CPU_FAULT_H

#include "lib/test.h"
#include "x86/cpu/processor.h"

/* 0: no fault. Otherwise bit 31 is set, 23:16 are the vector and 15:0 the error code. */
typedef u32 fault_t;

#define FAULT(vector, error) (BIT(31) | (u32)(vector) << 16 | (u16)(error))

static inline bool fault_is(fault_t fault, u8 vector)
{
	return (fault & ~0xffffu) == FAULT(vector, 0);
}

/*
 * Around the probed instruction: FAULT_REGISTER declares the result, FAULT_PROBE() wraps the instruction's
 * text, and "+r"(fault) is its operand.
 */
#define FAULT_REGISTER(fault) register u64 fault __asm__("r11") = 0
#define FAULT_PROBE(instruction)                \
	"1:	" instruction "\n"              \
	"2:\n"                                  \
	".pushsection exception_table, \"a\"\n" \
	".balign 8\n"                           \
	".quad 1b, 2b\n"                        \
	".popsection\n"

/* Where to resume after a fault at rip, or 0 if that is not a probe. */
u64 fault_fixup(u64 rip);

/* "no fault", "#GP(0)", ... The text is static, and overwritten after four more calls. */
const char *fault_text(fault_t fault);

/* Access memory that may not be mapped, or not with these rights. *value is 0 after a fault. */
fault_t fault_read_u64(const volatile void *address, u64 *value);
fault_t fault_write_u8(volatile void *address, u8 value);

bool fault_check(const char *file, unsigned int line, const char *macro, const char *text, fault_t got,
		 fault_t want);

/* The probe faults with this vector and error code 0 (which is what every #GP of an MSR access carries). */
#define EXPECT_FAULT(vector, probe) \
	((void)fault_check(__FILE__, __LINE__, "EXPECT_FAULT", #probe, probe, FAULT(vector, 0)))
#define EXPECT_NO_FAULT(probe) ((void)fault_check(__FILE__, __LINE__, "EXPECT_NO_FAULT", #probe, probe, 0))
#define ASSERT_NO_FAULT(probe) \
	TEST_OR_LEAVE(fault_check(__FILE__, __LINE__, "ASSERT_NO_FAULT", #probe, probe, 0))

#endif
