/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/svm.h"

#include "lib/string.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"

/* Bits of vmcb.intercepts. */
#define INTERCEPT_INTR	   BIT_ULL(0)
#define INTERCEPT_NMI	   BIT_ULL(1)
#define INTERCEPT_SHUTDOWN BIT_ULL(31)
#define INTERCEPT_VMRUN	   BIT_ULL(32)
#define INTERCEPT_VMMCALL  BIT_ULL(33)

#define V_INTR_MASKING BIT_ULL(24) /* the host's RFLAGS.IF masks physical interrupts, not the guest's */

#define SVM_EXIT_EXCEPTION 0x40 /* plus the vector */
#define SVM_EXIT_INTR	   0x60
#define SVM_EXIT_NMI	   0x61
#define SVM_EXIT_VMMCALL   0x81
#define EXCEPTIONS	   32

/* Segment attributes: bits 55:52 and 47:40 of a descriptor. */
#define CODE64 0xa9b
#define DATA   0xc93

#define DR6_RESET 0xffff0ff0
#define DR7_RESET 0x400

struct segment {
	u16 selector, attributes;
	u32 limit;
	u64 base;
};

/* Appendix B, "Layout of VMCB"; unnamed members stay 0. */
struct vmcb {
	u8 unused0[8];
	u32 exception_intercepts;
	u64 intercepts;
	u8 unused1[0x58 - 0x14];
	u32 asid;
	u32 tlb_control;
	u64 interrupt_control;
	u64 interrupt_shadow;
	u64 exit_code, exit_info1, exit_info2;
	u8 unused2[0x400 - 0x88];
	struct segment es, cs, ss, ds;
	u8 unused3[0x4d0 - 0x440];
	u64 efer;
	u8 unused4[0x548 - 0x4d8];
	u64 cr4, cr3, cr0, dr7, dr6, rflags, rip;
	u8 unused5[0x5f8 - 0x580];
	u64 rax;
	u8 unused6[PAGE_SIZE - 0x600];
} __attribute__((packed, aligned(PAGE_SIZE)));

_Static_assert(offsetof(struct vmcb, asid) == 0x58, "the layout is the processor's");
_Static_assert(offsetof(struct vmcb, exit_code) == 0x70, "the layout is the processor's");
_Static_assert(offsetof(struct vmcb, efer) == 0x4d0, "the layout is the processor's");
_Static_assert(offsetof(struct vmcb, rip) == 0x578, "the layout is the processor's");
_Static_assert(sizeof(struct vmcb) == PAGE_SIZE, "the layout is the processor's");

extern const u8 svm_guest[];

static struct vmcb vmcb;
static u8 host_save_area[PAGE_SIZE] ALIGNED(PAGE_SIZE);

bool svm_offered(void)
{
	return cpuid(CPUID_EXTENDED).ecx & CPUID_EXTENDED_ECX_SVM;
}

struct nested_exit svm_resume(void)
{
	struct nested_exit exit = {.kind = NESTED_EXIT_OTHER};

	do {
		/* #VMEXIT clears the global interrupt flag: interrupts and NMIs, a watchdog's among them, wait for STGI. */
		__asm__ volatile("vmrun %%rax; stgi" : : "a"(&vmcb) : "memory");
	} while (vmcb.exit_code == SVM_EXIT_INTR || vmcb.exit_code == SVM_EXIT_NMI);
	exit.code = (u32)vmcb.exit_code;
	if (vmcb.exit_code == SVM_EXIT_VMMCALL) {
		exit.kind = NESTED_EXIT_HYPERCALL;
		exit.value = vmcb.rax;
	} else if (vmcb.exit_code - SVM_EXIT_EXCEPTION < EXCEPTIONS) {
		exit.kind = NESTED_EXIT_EXCEPTION;
		exit.vector = (u8)(vmcb.exit_code - SVM_EXIT_EXCEPTION);
		exit.error = (u32)vmcb.exit_info1;
		exit.address = vmcb.exit_info2;
	}
	return exit;
}

struct nested_exit svm_read_u64(const volatile void *address)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, (u64)host_save_area);
	memset(&vmcb, 0, sizeof(vmcb));
	vmcb.exception_intercepts = ~0u;
	vmcb.intercepts = INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_SHUTDOWN | INTERCEPT_VMRUN |
			  INTERCEPT_VMMCALL;
	vmcb.interrupt_control = V_INTR_MASKING;
	vmcb.asid = 1;
	vmcb.cs = (struct segment){.attributes = CODE64, .limit = ~0u};
	vmcb.ds = vmcb.es = vmcb.ss = (struct segment){.attributes = DATA, .limit = ~0u};
	vmcb.efer = rdmsr(MSR_EFER);
	vmcb.cr0 = read_cr0();
	vmcb.cr3 = read_cr3();
	vmcb.cr4 = read_cr4();
	vmcb.dr6 = DR6_RESET;
	vmcb.dr7 = DR7_RESET;
	vmcb.rflags = RFLAGS_FIXED;
	vmcb.rip = (u64)svm_guest;
	vmcb.rax = (u64)address;
	return svm_resume();
}
