/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/cpu/vmx.h"

#include "lib/string.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/vmcs.h"

/* Appendix A: each has the bits that must be 1 in its low half, and those that may be 1 in its high half. */
#define MSR_IA32_FEATURE_CONTROL    0x3a
#define MSR_IA32_VMX_BASIC	    0x480
#define MSR_IA32_VMX_PINBASED_CTLS  0x481
#define MSR_IA32_VMX_PROCBASED_CTLS 0x482
#define MSR_IA32_VMX_EXIT_CTLS	    0x483
#define MSR_IA32_VMX_ENTRY_CTLS	    0x484
#define VMX_REVISION		    0x7fffffff /* of MSR_IA32_VMX_BASIC */
#define FEATURE_CONTROL_LOCKED	    BIT_ULL(0)
#define FEATURE_CONTROL_VMX	    BIT_ULL(2) /* VMXON outside of SMX */

#define PIN_EXTERNAL_INTERRUPT_EXITING BIT_ULL(0)
#define PIN_NMI_EXITING		       BIT_ULL(3)
#define EXIT_TO_64_BITS		       BIT_ULL(9)
#define ENTRY_TO_64_BITS	       BIT_ULL(9)

#define EXIT_REASON_EVENT     0 /* an exception or an NMI */
#define EXIT_REASON_INTERRUPT 1
#define EXIT_REASON_VMCALL    18

/* VMCS_EXIT_EVENT, "Format of the VM-Exit Interruption-Information Field". */
#define EVENT_VECTOR   0xff
#define EVENT_TYPE     (7 << 8)
#define EVENT_TYPE_NMI (2 << 8)
#define EVENT_ERROR    BIT(11)

/* Access rights of segments: bits 55:52 and 47:40 of a descriptor. */
#define CODE64	 0xa09b
#define DATA	 0xc093
#define TSS	 0x8b
#define UNUSABLE 0x10000

#define DR7_RESET      0x400
#define GUEST_SEGMENTS 8 /* ES, CS, SS, DS, FS, GS, LDTR, TR */

struct vmx_region {
	u32 revision;
	u8 unused[PAGE_SIZE - sizeof(u32)];
} ALIGNED(PAGE_SIZE);

struct table_register {
	u16 limit;
	u64 base;
} __attribute__((packed));

extern const u8 vmx_guest[];
bool vmx_launch(u64 *rax);

static struct vmx_region vmxon_region, vmcs;
static u64 guest_rax;

bool vmx_offered(void)
{
	u64 control;

	if (!(cpuid(1).ecx & CPUID_1_ECX_VMX) || rdmsr_safe(MSR_IA32_FEATURE_CONTROL, &control))
		return false;
	return !(control & FEATURE_CONTROL_LOCKED) || control & FEATURE_CONTROL_VMX;
}

/*
 * The next instructions set C or Z if they fail. Only of those on which all others depend is that looked at.
 */
static bool vmxon(void)
{
	u64 region = (u64)&vmxon_region;
	bool done;

	__asm__ volatile("vmxon %1" : "=@cca"(done) : "m"(region) : "memory");
	return done;
}

static void vmclear(void)
{
	u64 region = (u64)&vmcs;

	__asm__ volatile("vmclear %0" : : "m"(region) : "cc", "memory");
}

static void vmptrld(void)
{
	u64 region = (u64)&vmcs;

	__asm__ volatile("vmptrld %0" : : "m"(region) : "cc", "memory");
}

static void vmwrite(u32 field, u64 value)
{
	__asm__ volatile("vmwrite %1, %0" : : "r"((u64)field), "r"(value) : "cc", "memory");
}

static u64 vmread(u32 field)
{
	u64 value = 0;

	__asm__ volatile("vmread %1, %0" : "+r"(value) : "r"((u64)field) : "cc", "memory");
	return value;
}

/* What is asked for, with what has to be 1, without what has to be 0. */
static u64 controls(u32 msr, u64 wanted)
{
	u64 allowed = rdmsr(msr);

	return (wanted | (u32)allowed) & allowed >> 32;
}

/* The members of each group of segment fields are 2 apart. */
static void set_guest_segments(void)
{
	static const u32 access[GUEST_SEGMENTS] = {DATA,     CODE64,   DATA,	 DATA,
						   UNUSABLE, UNUSABLE, UNUSABLE, TSS};

	for (u32 i = 0; i < GUEST_SEGMENTS; i++) {
		vmwrite(VMCS_GUEST_ES + 2 * i, 0);
		vmwrite(VMCS_GUEST_ES_BASE + 2 * i, 0);
		vmwrite(VMCS_GUEST_ES_LIMIT + 2 * i, access[i] == TSS ? sizeof(struct tss) - 1 : ~0u);
		vmwrite(VMCS_GUEST_ES_ACCESS + 2 * i, access[i]);
	}
}

static void set_guest(void)
{
	static const u16 zeros[] = {
		VMCS_GUEST_DEBUGCTL,
		VMCS_PF_MASK,
		VMCS_PF_MATCH,
		VMCS_CR3_TARGETS,
		VMCS_EXIT_MSR_STORES,
		VMCS_EXIT_MSR_LOADS,
		VMCS_ENTRY_MSR_LOADS,
		VMCS_ENTRY_EVENT,
		VMCS_GUEST_GDTR_LIMIT,
		VMCS_GUEST_IDTR_LIMIT,
		VMCS_GUEST_INTERRUPTIBILITY,
		VMCS_GUEST_ACTIVITY,
		VMCS_GUEST_SYSENTER_CS,
		VMCS_CR0_MASK,
		VMCS_CR4_MASK,
		VMCS_CR0_SHADOW,
		VMCS_CR4_SHADOW,
		VMCS_GUEST_GDTR_BASE,
		VMCS_GUEST_IDTR_BASE,
		VMCS_GUEST_RSP,
		VMCS_GUEST_PENDING_DEBUG,
		VMCS_GUEST_SYSENTER_ESP,
		VMCS_GUEST_SYSENTER_EIP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(zeros); i++)
		vmwrite(zeros[i], 0);
	set_guest_segments();
	vmwrite(VMCS_LINK, ~0ull); /* none */
	vmwrite(VMCS_EXCEPTION_BITMAP, ~0u);
	vmwrite(VMCS_CPU_CONTROLS, controls(MSR_IA32_VMX_PROCBASED_CTLS, 0));
	vmwrite(VMCS_ENTRY_CONTROLS, controls(MSR_IA32_VMX_ENTRY_CTLS, ENTRY_TO_64_BITS));
	vmwrite(VMCS_EXIT_CONTROLS, controls(MSR_IA32_VMX_EXIT_CTLS, EXIT_TO_64_BITS));
	vmwrite(VMCS_GUEST_CR0, read_cr0());
	vmwrite(VMCS_GUEST_CR3, read_cr3());
	vmwrite(VMCS_GUEST_CR4, read_cr4());
	vmwrite(VMCS_GUEST_DR7, DR7_RESET);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
	vmwrite(VMCS_GUEST_RIP, (u64)vmx_guest);
}

/* What the processor loads at an exit: what it has now. */
static void set_host(const struct table_register *gdtr, const struct table_register *idtr)
{
	static const u16 data_segments[] = {VMCS_HOST_ES, VMCS_HOST_SS, VMCS_HOST_DS, VMCS_HOST_FS,
					    VMCS_HOST_GS};

	for (size_t i = 0; i < ARRAY_SIZE(data_segments); i++)
		vmwrite(data_segments[i], KERNEL_DS);
	vmwrite(VMCS_HOST_CS, KERNEL_CS);
	vmwrite(VMCS_HOST_TR, TSS_SEL);
	vmwrite(VMCS_HOST_TR_BASE, (u64)&this_cpu()->segments.tss);
	vmwrite(VMCS_HOST_FS_BASE, 0);
	vmwrite(VMCS_HOST_GS_BASE, rdmsr(MSR_GS_BASE));
	vmwrite(VMCS_HOST_GDTR_BASE, gdtr->base);
	vmwrite(VMCS_HOST_IDTR_BASE, idtr->base);
	vmwrite(VMCS_HOST_SYSENTER_CS, 0);
	vmwrite(VMCS_HOST_SYSENTER_ESP, 0);
	vmwrite(VMCS_HOST_SYSENTER_EIP, 0);
	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, read_cr3());
	vmwrite(VMCS_HOST_CR4, read_cr4());
}

static struct nested_exit exit_of(u32 reason)
{
	u32 event = (u32)vmread(VMCS_EXIT_EVENT);
	struct nested_exit exit = {.kind = NESTED_EXIT_OTHER, .code = reason};

	if (reason == EXIT_REASON_VMCALL) {
		exit.kind = NESTED_EXIT_HYPERCALL;
		exit.value = guest_rax;
	} else if (reason == EXIT_REASON_EVENT && (event & EVENT_TYPE) != EVENT_TYPE_NMI) {
		exit.kind = NESTED_EXIT_EXCEPTION;
		exit.vector = event & EVENT_VECTOR;
		exit.error = event & EVENT_ERROR ? (u32)vmread(VMCS_EXIT_EVENT_ERROR) : 0;
		exit.address = vmread(VMCS_EXIT_QUALIFICATION);
	}
	return exit;
}

/* A guest starts anew, or goes on where its last exit was. */
enum start { ANEW, GO_ON };

/*
 * From VMXON to VMXOFF, so that the processor never stays in VMX operation, where it would not take INIT. Interrupts are
 * off meanwhile. *nmi: the exit was for an NMI, which is not pending any more.
 */
static struct nested_exit run(enum start start, bool exit_on_interrupts, bool *nmi)
{
	struct nested_exit exit = {.kind = NESTED_EXIT_OTHER, .code = ~0u};
	struct table_register gdtr, idtr;
	u64 cr4 = read_cr4();

	*nmi = false;
	__asm__ volatile("sgdt %0; sidt %1" : "=m"(gdtr), "=m"(idtr));
	write_cr4(cr4 | CR4_VMXE);
	if (vmxon()) {
		vmclear();
		vmptrld();
		if (start == ANEW)
			set_guest();
		vmwrite(VMCS_PIN_CONTROLS,
			controls(MSR_IA32_VMX_PINBASED_CTLS,
				 PIN_NMI_EXITING |
					 (exit_on_interrupts ? PIN_EXTERNAL_INTERRUPT_EXITING : 0)));
		set_host(&gdtr, &idtr);
		if (vmx_launch(&guest_rax)) {
			exit = exit_of((u32)vmread(VMCS_EXIT_REASON));
			*nmi = exit.code == EXIT_REASON_EVENT && exit.kind == NESTED_EXIT_OTHER;
			/* An exit leaves the largest limits. */
			__asm__ volatile("lgdt %0; lidt %1" : : "m"(gdtr), "m"(idtr));
		}
		vmclear();
		__asm__ volatile("vmxoff" : : : "cc", "memory");
	}
	write_cr4(cr4);
	return exit;
}

static struct nested_exit run_past_interrupts(enum start start)
{
	struct nested_exit exit;
	bool interrupts, nmi;

	do {
		interrupts = irq_save();
		exit = run(start, interrupts, &nmi);
		if (nmi)
			__asm__ volatile("int %0" : : "i"(NMI_VECTOR) : "memory");
		irq_restore(interrupts);
		start = GO_ON;
	} while (nmi || exit.code == EXIT_REASON_INTERRUPT);
	return exit;
}

struct nested_exit vmx_resume(void)
{
	return run_past_interrupts(GO_ON);
}

struct nested_exit vmx_read_u64(const volatile void *address)
{
	if (!(rdmsr(MSR_IA32_FEATURE_CONTROL) & FEATURE_CONTROL_LOCKED))
		wrmsr(MSR_IA32_FEATURE_CONTROL, FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX);
	vmxon_region.revision = vmcs.revision = (u32)rdmsr(MSR_IA32_VMX_BASIC) & VMX_REVISION;
	guest_rax = (u64)address;
	return run_past_interrupts(ANEW);
}
