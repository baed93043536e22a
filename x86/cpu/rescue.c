/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/rescue.h"

#include "x86/cpu/cpu.h"

extern const u8 rescue_exit[];

void rescue_unwind(struct trap_frame *frame)
{
	frame->rip = (u64)rescue_exit;
	frame->cs = KERNEL_CS;
	frame->ss = KERNEL_DS;
	frame->rsp = this_cpu()->rescue_rsp;
	frame->rflags = RFLAGS_FIXED;
}
