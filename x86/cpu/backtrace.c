/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/backtrace.h"

#include "lib/arch.h"
#include "lib/format.h"
#include "lib/string.h"
#include "x86/cpu/call_sites.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/symbols.h"

#define FRAMES_MAX 32

/* In x86/cpu/trap_asm.S: where handlers of interrupts and exceptions return to. */
extern const u64 trap_handler_returns_to;

bool backtrace_step(u64 *frame, u64 *returns_to)
{
	const u64 *at = (const u64 *)*frame;
	u64 next;

	if (*frame % 8 || fault_read_u64(at + 1, returns_to) || fault_read_u64(at, &next))
		return false;
	if (!symbols_is_code(*returns_to))
		return false;
	/* Stacks grow down. A frame that does not lie above this one is the last. */
	*frame = next > *frame ? next : 0;
	return true;
}

void arch_call_chain(char *text, size_t size, const char *check_file)
{
	u64 frame = (u64)__builtin_frame_address(0), returns_to;
	const char *before = " [called from ";
	struct source_place place;
	size_t length = 0;
	bool first = true;

	text[0] = '\0';
	for (int i = 0; i < FRAMES_MAX && backtrace_step(&frame, &returns_to); i++) {
		if (returns_to == trap_handler_returns_to)
			break;
		for (unsigned int depth = 0; call_site_find(returns_to, depth, &place); depth++) {
			bool is_check = first && !strcmp(place.file, check_file);

			first = false;
			if (is_check || !place.line)
				continue;
			length += format(text + length, size - MIN(length, size), "%s%s:%u", before,
					 place.file, place.line);
			length = MIN(length, size - 1);
			before = " < ";
		}
	}
	if (length)
		format(text + length, size - length, "]");
}
