/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/hypercall.h"

#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/paging.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"

extern void hypercall_vmcall(struct hypercall_registers *registers);
extern void hypercall_vmmcall(struct hypercall_registers *registers);
extern u64 hypercall_vmcall_32(u64 number, u64 a0, u64 a1, u64 a2, u64 a3);
extern u64 hypercall_vmmcall_32(u64 number, u64 a0, u64 a1, u64 a2, u64 a3);

/*
 * A hypercall takes some 50 us on the slowest host known that completes it. The vCPU may be off its CPU for
 * 100 ms at any time, several times in a row on a crowded host.
 */
#define RETURNS_WITHIN_MS 1000
#define RETURNS_LATE_MS	  4000

#define RET 0xc3

static bool returns, is_vmmcall;

bool hypercall_returns(void)
{
	return returns;
}

bool hypercall_is_vmmcall(void)
{
	return is_vmmcall;
}

void hypercall_with_registers(struct hypercall_registers *registers)
{
	if (is_vmmcall)
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

u64 hypercall_from_32bit(u64 number, u64 a0, u64 a1, u64 a2, u64 a3)
{
	return is_vmmcall ? hypercall_vmmcall_32(number, a0, a1, a2, a3) :
			    hypercall_vmcall_32(number, a0, a1, a2, a3);
}

/* Data, and so writable; executable while instructions are tried. */
static u8 code[PAGE_SIZE] ALIGNED(PAGE_SIZE);

static void call_code(void *unused)
{
	u64 rax = KVM_HC_VAPIC_POLL_IRQ;

	(void)unused;
	irq_enable();
	__asm__ volatile("call *%1" : "+a"(rax) : "r"(code) : "memory");
}

enum outcome { RETURNED, FAULTED, HUNG };

/* Execute the instruction with this last byte; *found is its last byte afterwards. */
static enum outcome try_instruction(u8 byte, unsigned int ms, u8 *found)
{
	const u8 bytes[] = {0x0f, 0x01, byte, RET};
	struct cpu *cpu = this_cpu();
	bool returned, in_time;

	memcpy(code, bytes, sizeof(bytes));
	cpu->quiet = true;
	timer_watchdog_start(ms);
	returned = rescue_run(call_code, NULL);
	irq_disable();
	in_time = timer_watchdog_stop();
	cpu->quiet = false;
	*found = code[2];
	if (returned)
		return RETURNED;
	return in_time ? FAULTED : HUNG;
}

/* CPUID's vendor first, so that a host where no hypercall returns costs this limit only once. */
static enum outcome try_both(unsigned int ms, u8 *found)
{
	u8 first = cpuid_is_amd() ? VMMCALL_BYTE : VMCALL_BYTE;
	enum outcome outcome = try_instruction(first, ms, found);

	if (outcome != FAULTED)
		return outcome;
	return try_instruction(first ^ VMCALL_BYTE ^ VMMCALL_BYTE, ms, found);
}

/* Without KVM there is nothing to try. */
void hypercall_init(void)
{
	u64 *page = paging_entry(code);
	u64 rights = *page;
	enum outcome outcome;
	u8 found;

	is_vmmcall = cpuid_is_amd();
	if (!kvm_leaf.base)
		return;
	*page &= ~PTE_NX;
	invlpg(code);
	outcome = try_both(RETURNS_WITHIN_MS, &found);
	if (outcome == HUNG) {
		outcome = try_both(RETURNS_LATE_MS, &found);
		ktap_note("a hypercall did not return within %u ms; tried again with %u ms, it %s",
			  RETURNS_WITHIN_MS, RETURNS_LATE_MS,
			  outcome == RETURNED ? "returned" : "did not return, either");
	}
	*page = rights;
	invlpg(code);
	returns = outcome == RETURNED;
	if (returns)
		is_vmmcall = found == VMMCALL_BYTE;
}
