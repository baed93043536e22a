/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asynchronous page faults of a nested guest: the host waits for a page that a guest of this kernel touched.
 *
 * Contract: with KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT in MSR_KVM_ASYNC_PF_EN, "page not present" comes to the nested
 *           hypervisor as an exit for #PF, whose address is the token, with flags = KVM_PV_REASON_PAGE_NOT_PRESENT in
 *           the shared area; "page ready" comes to it as an interrupt, as always. Without the bit there is no event:
 *           the vCPU waits, and the nested guest goes on when the page is there.
 * Source:   msr.rst, MSR_KVM_ASYNC_PF_EN, bit 2; arch/x86/kvm/x86.c, kvm_can_deliver_async_pf(),
 *           kvm_inject_page_fault(); arch/x86/kvm/svm/nested.c, svm_check_nested_events();
 *           arch/x86/kvm/vmx/nested.c, vmx_check_nested_events().
 * How:      by a nested guest with our page tables, which reads one untouched page.
 * Needs:    cold, file-backed RAM; AMD's SVM, or Intel's VMX.
 * Cannot show: the same for a nested guest that has nested paging, whose pages its hypervisor maps.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/nested_guest.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

static struct kvm_vcpu_pv_apf_data area;
static u32 missing; /* token of the last "page not present" that was an exception of ours */
static u32 ready; /* token of the last "page ready" */

static bool on_ready(struct trap_frame *frame)
{
	u32 token = __atomic_exchange_n(&area.token, 0, __ATOMIC_SEQ_CST);

	(void)frame;
	if (token) /* a doubled interrupt finds none */
		ready = token;
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	apic_eoi();
	return true;
}

static bool on_page_fault(struct trap_frame *frame)
{
	(void)frame;
	missing = (u32)read_cr2();
	return false; /* the probe ends as if its page were not there */
}

/* With SEND_ALWAYS, since the nested guest is at CPL 0. Every enabling write queues a wake-all event. */
static void enable(u64 options)
{
	memset(&area, 0, sizeof(area));
	missing = ready = 0;
	trap_set_handler(PF_VECTOR, on_page_fault);
	trap_set_handler(APF_READY_VECTOR, on_ready);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_INT, APF_READY_VECTOR));
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&area | KVM_ASYNC_PF_ENABLED |
								KVM_ASYNC_PF_DELIVERY_AS_INT |
								KVM_ASYNC_PF_SEND_ALWAYS | options));
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready) == KVM_ASYNC_PF_WAKE_ALL, APF_READY_MS),
		    "got no wake-all event within %u ms of enabling, want one", APF_READY_MS);
}

static void expect_read(struct nested_exit exit, u64 want)
{
	EXPECT_TRUE(exit.kind == NESTED_EXIT_HYPERCALL,
		    "the nested guest's exit: got code %#x, want one for its hypercall", exit.code);
	EXPECT_EQ(exit.value, want);
}

static void assert_page_fault(struct nested_exit exit)
{
	ASSERT_TRUE(exit.kind == NESTED_EXIT_EXCEPTION && exit.vector == PF_VECTOR,
		    "the nested guest's exit: got code %#x, vector %u, want one for a #PF (%u)", exit.code,
		    exit.vector, PF_VECTOR);
}

/* The other tests rely on this: the nested guest reads our memory, and its #PF is an exit to us. */
TEST(async_pf_nested, a_guest_reads_memory_and_its_faults_are_exits)
{
	static const u64 value = 0x0123456789abcdef;
	struct nested_exit exit = nested_guest_read_u64(&value);

	expect_read(exit, value);
	exit = nested_guest_read_u64((void *)8); /* page 0 is not mapped */
	assert_page_fault(exit);
	EXPECT_EQ(exit.address, 8);
}

static void check_missing_page(void)
{
	struct nested_exit exit;
	u8 *page;

	for (int i = 0; i < APF_TRIES; i++) {
		page = cold_page();
		exit = nested_guest_read_u64(page);
		if (area.flags)
			break;
		expect_read(exit, cold_content(page));
	}
	ASSERT_EQ(area.flags, KVM_PV_REASON_PAGE_NOT_PRESENT);
	assert_page_fault(exit);
	EXPECT_EQ(exit.error, 0);
	EXPECT_NE(exit.address, 0);
	EXPECT_EQ(exit.address & APF_TOKEN_VCPU_MASK, this_cpu()->apic_id & APF_TOKEN_VCPU_MASK);
	area.flags = 0;
	EXPECT_TRUE(timer_wait_until(READ_ONCE(ready) == exit.address, APF_READY_MS),
		    "got page-ready token %#x after %u ms, want %#lx", ready, APF_READY_MS,
		    (unsigned long)exit.address);
	expect_read(nested_guest_resume(), cold_content(page));
	EXPECT_EQ(area.flags, 0);
	EXPECT_EQ(missing, 0);
}

/*
 * KVM queues a #PF and has to turn it into an exit from the nested guest. Kernels without "KVM: x86: Request event
 * processing for exception VM-Exits" (Linux 6.12.117 has it) may set flags and not make the exit. Another event, such as
 * an interrupt, makes it all the same, so this is done several times. [A32]
 */
TEST(async_pf_nested, a_guests_missing_page_is_an_exit_with_a_token,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT))
{
	enable(KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT);
	for (int i = 0; i < 4; i++)
		check_missing_page();
}

/*
 * Whether the event becomes an exit at once or not: the host announces the page, and does not just wait for it. [A32]
 */
TEST(async_pf_nested, our_guests_missing_page_is_announced,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT))
{
	enable(KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT);
	for (int i = 0; i < APF_TRIES && !area.flags; i++)
		nested_guest_read_u64(cold_page());
	EXPECT_EQ(area.flags, KVM_PV_REASON_PAGE_NOT_PRESENT);
}

/* The bit changes the delivery for nested guests only. [A32] */
TEST(async_pf_nested, our_own_missing_pages_are_still_exceptions,
     .needs.features = BIT(KVM_FEATURE_ASYNC_PF_VMEXIT))
{
	u64 content;

	enable(KVM_ASYNC_PF_DELIVERY_AS_PF_VMEXIT);
	for (int i = 0; i < APF_TRIES && !missing; i++)
		fault_read_u64(cold_page(), &content);
	EXPECT_NE(missing, 0);
	EXPECT_EQ(area.flags, KVM_PV_REASON_PAGE_NOT_PRESENT);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(ready) == missing, APF_READY_MS),
		    "got page-ready token %#x after %u ms, want %#x", ready, APF_READY_MS, missing);
}

/*
 * A nested hypervisor that did not ask for such exits would take one for its guest's own page fault, so KVM makes the
 * vCPU wait instead. [A32]
 */
TEST(async_pf_nested, without_the_bit_a_guest_waits_and_nobody_is_told)
{
	enable(0);
	for (int i = 0; i < 3; i++) {
		const u8 *page = cold_page();

		expect_read(nested_guest_read_u64(page), cold_content(page));
		EXPECT_EQ(area.flags, 0);
		EXPECT_EQ(missing, 0);
	}
}

SUITE(async_pf_nested, .contract = "msr.rst, MSR_KVM_ASYNC_PF_EN",
      .needs.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
      .needs.conditions = NEED_COLD_MEMORY | NEED_NESTED_GUEST);
