/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/trap.h"

#include <stdarg.h>

#include "lib/format.h"
#include "lib/ktap_writer.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/backtrace.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/fault.h"
#include "x86/cpu/rescue.h"
#include "x86/cpu/symbols.h"
#include "x86/platform/power.h"

#define EXCEPTIONS	32
#define BACKTRACE_DEPTH 10
#define INTERRUPT_GATE	0x8e00ull /* present, DPL 0 */
#define STI_OPCODE	0xfb
#define HLT_OPCODE	0xf4

struct gate {
	u64 low, high;
};

extern const u8 trap_stubs[256][TRAP_STUB_SIZE];

static struct gate idt[256] ALIGNED(16);
static trap_handler test_handlers[256];
static trap_handler kernel_handlers[256];

static void set_gate(unsigned int vector, u64 ist)
{
	u64 stub = (u64)trap_stubs[vector];

	idt[vector].low = (stub & 0xffff) | KERNEL_CS << 16 | ist << 32 | INTERRUPT_GATE << 32 |
			  (stub >> 16 & 0xffff) << 48;
	idt[vector].high = stub >> 32;
}

void trap_init(void)
{
	for (unsigned int vector = 0; vector < ARRAY_SIZE(idt); vector++)
		set_gate(vector, 0);
	set_gate(NMI_VECTOR, IST_NMI);
	set_gate(DF_VECTOR, IST_DF);
	set_gate(MC_VECTOR, IST_MC);
	trap_load();
}

void trap_load(void)
{
	const struct {
		u16 limit;
		const void *base;
	} __attribute__((packed)) idtr = {sizeof(idt) - 1, idt};

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void trap_set_handler(u8 vector, trap_handler handler)
{
	__atomic_store_n(&test_handlers[vector], handler, __ATOMIC_SEQ_CST);
}

void trap_reset_handlers(void)
{
	for (unsigned int vector = 0; vector < ARRAY_SIZE(test_handlers); vector++)
		if (test_handlers[vector])
			trap_set_handler((u8)vector, NULL);
}

void trap_set_kernel_handler(u8 vector, trap_handler handler)
{
	kernel_handlers[vector] = handler;
}

static void print_place(const char *what, u64 rip)
{
	u64 offset;
	const char *name = symbols_find(rip, &offset);

	ktap_note("%s %#lx %s+%#lx", what, (unsigned long)rip, name, (unsigned long)offset);
}

static void print_backtrace(u64 frame)
{
	u64 returns_to;

	for (int depth = 0; depth < BACKTRACE_DEPTH && backtrace_step(&frame, &returns_to); depth++)
		print_place("  called from", returns_to);
}

static void print_frame(const struct trap_frame *f)
{
	u64 caller;

	print_place("rip", f->rip);
	ktap_note("rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx, f->rdx);
	ktap_note("rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp, f->rsp);
	ktap_note("r8  %016lx r9  %016lx r10 %016lx r11 %016lx", f->r8, f->r9, f->r10, f->r11);
	ktap_note("r12 %016lx r13 %016lx r14 %016lx r15 %016lx", f->r12, f->r13, f->r14, f->r15);
	ktap_note("cs %lx ss %lx rflags %lx cr2 %lx", f->cs, f->ss, f->rflags, (unsigned long)read_cr2());
	/* A call to an address outside the code has pushed its return address, but no frame. */
	if (!symbols_is_code(f->rip) && !fault_read_u64((u64 *)f->rsp, &caller) && symbols_is_code(caller))
		print_place("  called from", caller);
	print_backtrace(f->rbp);
}

void trap_end_test(struct trap_frame *frame, const char *fmt, ...)
{
	struct cpu *cpu = this_cpu();
	char text[160];
	va_list args;

	if (cpu->quiet) {
		rescue_unwind(frame);
		return;
	}
	if (cpu->trap_reports++) /* the report itself has faulted: the kernel's state is damaged */
		power_off(POWER_OFF_GAVE_UP);

	va_start(args, fmt);
	format_va(text, sizeof(text), fmt, args);
	va_end(args);
	test_report(VERDICT_FAIL, NULL, 0, "vCPU %u: %s", cpu->index, text);
	print_frame(frame);

	if (!cpu->rescue_rsp) {
		test_run_error("this happened outside of any test; the run cannot continue");
		power_off(POWER_OFF_GAVE_UP);
	}
	cpu->trap_reports--;
	rescue_unwind(frame);
}

static void handle_exception(struct trap_frame *frame)
{
	fault_t fault = FAULT(frame->vector, frame->error);
	u64 fixup = fault_fixup(frame->rip);

	if (fixup && frame->vector != NMI_VECTOR) {
		frame->r11 = fault;
		frame->rip = fixup;
		return;
	}
	if (frame->vector == NMI_VECTOR && this_cpu()->index && !this_cpu()->rescue_rsp)
		return; /* an idle processor has no state to show */
	if (frame->vector == NMI_VECTOR)
		trap_end_test(frame, "unexpected NMI, perhaps from outside the VM; the state was:");
	else if (frame->vector == PF_VECTOR)
		trap_end_test(frame, "unexpected %s at address %#lx", fault_text(fault),
			      (unsigned long)read_cr2());
	else
		trap_end_test(frame, "unexpected %s", fault_text(fault));
}

static void handle_interrupt(struct trap_frame *frame)
{
	struct cpu *cpu = this_cpu();

	if (frame->vector == SPURIOUS_VECTOR) /* it sets no in-service bit and needs no EOI */
		return;
	if (test_current_name()[0]) {
		u64 offset;
		const char *place = symbols_find(frame->rip, &offset);

		test_report(VERDICT_FAIL, NULL, 0,
			    "vCPU %u: unexpected interrupt, vector %#lx, at rip %#lx %s+%#lx", cpu->index,
			    frame->vector, frame->rip, place, (unsigned long)offset);
	}
	apic_eoi();
}

/*
 * Did the interrupt arrive between STI and HLT? STI's shadow forbids that, but QEMU's emulation of VMRUN loses the
 * shadow. The HLT has to be skipped then: it would wait for the interrupt that has just been taken.
 */
static bool is_before_halt(const struct trap_frame *frame)
{
	const u8 *next = (const u8 *)frame->rip;

	return frame->vector >= EXCEPTIONS && next[0] == HLT_OPCODE && next[-1] == STI_OPCODE;
}

void trap_dispatch(struct trap_frame *frame)
{
	trap_handler on_test = __atomic_load_n(&test_handlers[frame->vector], __ATOMIC_SEQ_CST);
	trap_handler on_kernel = kernel_handlers[frame->vector];

	if (is_before_halt(frame))
		frame->rip++;
	if (on_kernel && on_kernel(frame))
		return;
	if (frame->vector >= EXCEPTIONS)
		this_cpu()->interrupts_taken = true;
	if (on_test && on_test(frame))
		return;
	if (frame->vector < EXCEPTIONS)
		handle_exception(frame);
	else
		handle_interrupt(frame);
}
