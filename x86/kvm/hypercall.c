/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/hypercall.h"

#include "x86/cpu/cpu.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"

extern void hypercall_vmcall(struct hypercall_registers *registers);
extern void hypercall_vmmcall(struct hypercall_registers *registers);
extern u64 hypercall_vmcall_32(u64 number, u32 a0, u32 a1, u32 a2, u32 a3);
extern u64 hypercall_vmmcall_32(u64 number, u32 a0, u32 a1, u32 a2, u32 a3);

/*
 * A hypercall takes some 50 us on the slowest host known that completes it. The vCPU may be off its CPU for
 * 100 ms at any time, several times in a row on a crowded host.
 */
#define RETURNS_WITHIN_MS 1000

static bool returns;

void hypercall_with_registers(struct hypercall_registers *registers)
{
	if (cpuid_is_amd())
		hypercall_vmmcall(registers);
	else
		hypercall_vmcall(registers);
}

s64 hypercall(u64 number, u64 a0, u64 a1, u64 a2, u64 a3)
{
	struct hypercall_registers r =
		{.rax = number, .rbx = a0, .rcx = a1, .rdx = a2, .rsi = a3, .rflags = read_rflags()};

	hypercall_with_registers(&r);
	return (s64)r.rax;
}

u64 hypercall_from_32bit(u64 number, u32 a0, u32 a1, u32 a2, u32 a3)
{
	return cpuid_is_amd() ? hypercall_vmmcall_32(number, a0, a1, a2, a3) :
				hypercall_vmcall_32(number, a0, a1, a2, a3);
}

static void probe(void *argument)
{
	(void)argument;
	irq_enable();
	hypercall(KVM_HC_VAPIC_POLL_IRQ, 0, 0, 0, 0);
}

bool hypercall_returns(void)
{
	return returns;
}

/* Without KVM there is nothing to try. A hypercall that faults leaves the rescue scope early, too. */
void hypercall_init(void)
{
	struct cpu *cpu = this_cpu();

	if (!kvm_leaf.base)
		return;
	cpu->quiet = true;
	timer_watchdog_start(RETURNS_WITHIN_MS);
	returns = rescue_run(probe, NULL);
	irq_disable();
	timer_watchdog_stop();
	cpu->quiet = false;
}
