/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/apf.h"

#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/cold.h"
#include "x86/kvm/told.h"

struct kvm_vcpu_pv_apf_data apf_area;
struct apf_seen apf_seen;

bool apf_on_page_fault(struct trap_frame *frame)
{
	u32 flags = READ_ONCE(apf_area.flags);

	if (flags != KVM_PV_REASON_PAGE_NOT_PRESENT)
		return false;
	WRITE_ONCE(apf_area.flags, 0);
	EXPECT_EQ(frame->error, 0);
	EXPECT_NE((u32)read_cr2(), 0);
	if (apf_seen.missing_count < APF_EVENTS_MAX)
		apf_seen.missing[apf_seen.missing_count++] = (u32)read_cr2();
	return false; /* the probe ends as if its page were not there */
}

bool apf_is_ready(u32 token)
{
	for (unsigned int i = 0; i < READ_ONCE(apf_seen.ready_count); i++)
		if (apf_seen.ready[i] == token)
			return true;
	return false;
}

bool apf_becomes_ready(u32 token)
{
	return timer_wait_until(apf_is_ready(token), APF_READY_MS);
}

void apf_check_each_ready_once(unsigned int count)
{
	EXPECT_TRUE(timer_wait_until(READ_ONCE(apf_seen.ready_count) >= count, APF_READY_MS),
		    "got %u page-ready events, want %u", apf_seen.ready_count, count);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	EXPECT_EQ(apf_seen.ready_count, count);
	EXPECT_LE(apf_seen.repeat_count, told.doubled_interrupts == TOLD_ON ? APF_REPEATS_MAX : 0);
	for (unsigned int i = 0; i < count; i++)
		EXPECT_TRUE(apf_is_ready(apf_seen.missing[i]),
			    "got no page-ready event for token %#x, want one", apf_seen.missing[i]);
}

void apf_acknowledge(void)
{
	WRITE_ONCE(apf_area.token, 0);
	wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
}

/*
 * The token in the area, or 0 if it has been taken already. In one step: a doubled interrupt (told_interrupts_max()) may come
 * within the handler, and must find none.
 */
static u32 take_token(void)
{
	u32 token;

	if (!apf_seen.hold)
		return __atomic_exchange_n(&apf_area.token, 0, __ATOMIC_SEQ_CST);
	token = READ_ONCE(apf_area.token);
	return __atomic_exchange_n(&apf_seen.held, token, __ATOMIC_SEQ_CST) == token ? 0 : token;
}

/*
 * The interrupt has to come where the token is: msr.rst leaves open which vCPU is told of a page, but another vCPU would
 * look into its own area.
 */
static bool on_ready(struct trap_frame *frame)
{
	u32 token = take_token();

	EXPECT_EQ(this_cpu()->index, apf_seen.cpu);
	apf_seen.ready_vector = (unsigned int)frame->vector;
	if (token == KVM_ASYNC_PF_WAKE_ALL)
		apf_seen.wake_all_count++;
	else if (!token)
		apf_seen.repeat_count++;
	else if (apf_seen.ready_count < APF_EVENTS_MAX)
		apf_seen.ready[apf_seen.ready_count++] = token;
	if (!apf_seen.hold)
		wrmsr(MSR_KVM_ASYNC_PF_ACK, 1);
	apic_eoi();
	return true;
}

void apf_enable(u64 options)
{
	memset(&apf_seen, 0, sizeof(apf_seen));
	apf_seen.cpu = this_cpu()->index;
	memset(&apf_area, 0, sizeof(apf_area));
	memset(apf_area.pad, FILLER, sizeof(apf_area.pad));
	trap_set_handler(PF_VECTOR, apf_on_page_fault);
	trap_set_handler(APF_READY_VECTOR, on_ready);
	trap_set_handler(APF_OTHER_VECTOR, on_ready);
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_INT, APF_READY_VECTOR));
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_ASYNC_PF_EN, (u64)&apf_area | KVM_ASYNC_PF_ENABLED |
								KVM_ASYNC_PF_DELIVERY_AS_INT | options));
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apf_seen.wake_all_count), APF_READY_MS),
		    "got no wake-all event within %u ms of enabling, want one", APF_READY_MS);
}

bool apf_touch(const u8 *page)
{
	unsigned int before = apf_seen.missing_count;
	u64 content;

	if (!fault_read_u64(page, &content))
		EXPECT_EQ(content, cold_content(page));
	return apf_seen.missing_count != before;
}

u8 *apf_touch_until_missing(void)
{
	for (int i = 0; i < APF_TRIES; i++) {
		u8 *page = cold_page();

		if (apf_touch(page))
			return page;
	}
	ASSERT_TRUE(false, "got no page-not-present event for any of %d cold pages, want one", APF_TRIES);
	return NULL;
}

unsigned int apf_touch_many(unsigned int pages)
{
	for (unsigned int i = 0; i < pages; i++)
		apf_touch(cold_page());
	return apf_seen.missing_count;
}
