/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/fence.h"

#include "x86/cpu.h"

extern const u8 fence_exit[];

void fence_unwind(struct trap_frame *frame)
{
	frame->rip = (u64)fence_exit;
	frame->cs = KERNEL_CS;
	frame->ss = KERNEL_DS;
	frame->rsp = this_cpu()->fence_rsp;
	frame->rflags = RFLAGS_FIXED;
}
