/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/user.h"

#include "x86/cpu/cpu.h"
#include "x86/cpu/trap.h"

extern u64 user_enter(u64 (*function)(u64), u64 argument, u64 user_stack, struct tss *tss);
extern const u8 user_return[], user_exit[];

u64 user_call(u64 (*function)(u64 argument), u64 argument)
{
	struct cpu *cpu = this_cpu();

	return user_enter(function, argument, cpu->user_stack_top, &cpu->segments.tss);
}

/* The function at CPL 3 has returned, with its result in RAX. Resume where user_enter() left the kernel's stack. */
static bool on_return(struct trap_frame *frame)
{
	if (frame->cs != USER_CS || frame->rip != (u64)user_return)
		return false;
	frame->rip = (u64)user_exit;
	frame->cs = KERNEL_CS;
	frame->ss = KERNEL_DS;
	frame->rsp = this_cpu()->segments.tss.rsp0;
	return true;
}

void user_init(void)
{
	trap_set_kernel_handler(UD_VECTOR, on_return);
}
