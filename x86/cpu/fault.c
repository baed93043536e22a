/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/fault.h"

#include "lib/format.h"

struct exception_entry {
	u64 instruction;
	u64 fixup;
};

_Static_assert(sizeof(struct exception_entry) == 16, "FAULT_PROBE() writes it, boot/kernel.ld counts on it");

extern const struct exception_entry __start_exception_table[], __stop_exception_table[];

u64 fault_fixup(u64 rip)
{
	for (const struct exception_entry *e = __start_exception_table; e < __stop_exception_table; e++)
		if (e->instruction == rip)
			return e->fixup;
	return 0;
}

const char *fault_text(fault_t fault)
{
	static const char *const names[] = {
		[0] = "#DE",  [1] = "#DB",  [2] = "NMI",  [3] = "#BP",	[4] = "#OF",  [5] = "#BR",
		[6] = "#UD",  [7] = "#NM",  [8] = "#DF",  [10] = "#TS", [11] = "#NP", [12] = "#SS",
		[13] = "#GP", [14] = "#PF", [16] = "#MF", [17] = "#AC", [18] = "#MC", [19] = "#XM",
		[20] = "#VE", [21] = "#CP", [28] = "#HV", [29] = "#VC", [30] = "#SX",
	};
	static char texts[4][32]; /* two CPUs may each write a message with two faults at the same time */
	static unsigned int next;
	u8 vector = (u8)(fault >> 16);
	char *text = texts[__atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % ARRAY_SIZE(texts)];

	if (!fault)
		return "no fault";
	if (vector < ARRAY_SIZE(names) && names[vector])
		format(text, sizeof(texts[0]), "%s(%#x)", names[vector], fault & 0xffff);
	else
		format(text, sizeof(texts[0]), "vector %u(%#x)", vector, fault & 0xffff);
	return text;
}

fault_t fault_read_u64(const volatile void *address, u64 *value)
{
	FAULT_REGISTER(fault);

	*value = 0;
	__asm__ volatile(FAULT_PROBE("mov (%2), %0") : "+r"(*value), "+r"(fault) : "r"(address) : "memory");
	return (fault_t)fault;
}

fault_t fault_write_u8(volatile void *address, u8 value)
{
	FAULT_REGISTER(fault);

	__asm__ volatile(FAULT_PROBE("movb %2, (%1)") : "+r"(fault) : "r"(address), "q"(value) : "memory");
	return (fault_t)fault;
}

bool fault_check(const char *file, unsigned int line, const char *macro, const char *text, fault_t got,
		 fault_t want)
{
	return test_check(got == want, file, line, "%s(%s): got %s, want %s", macro, text, fault_text(got),
			  fault_text(want));
}
