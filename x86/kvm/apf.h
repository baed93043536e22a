/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's side of asynchronous page faults: handlers that record the token of each event, and accesses that cause
 * events. One vCPU at a time uses this.
 * Source: msr.rst, MSR_KVM_ASYNC_PF_EN, _INT and _ACK; guest side: arch/x86/kernel/kvm.c, do_async_page_fault().
 */
#ifndef X86_KVM_APF_H
#define X86_KVM_APF_H

#include "x86/cpu/trap.h"
#include "x86/kvm/kvm_para.h"

#define APF_READY_VECTOR 0x51
#define APF_OTHER_VECTOR 0x61 /* has the same handler */

/* alloc_apf_token(): sequence << 12 | vcpu_id */
#define APF_TOKEN_VCPU_MASK 0xfffu

/*
 * A disk answers within milliseconds, but the thread that reads from it and this vCPU may each be off their CPU for
 * long.
 */
#define APF_READY_MS 2000
/* For "no event": many times what a page takes to arrive. */
#define APF_QUIET_MS 50
/* The host's readahead, or the firmware, may have brought a page in already, but not so many in a row. */
#define APF_TRIES 8
/* Emulated virtualization delivers about one interrupt in 2000 twice; the KVM under test is not the cause. */
#define APF_REPEATS_MAX 2u

#define APF_EVENTS_MAX 256

/* Pages on their way for a vCPU at a time: ASYNC_PF_PER_VCPU in include/linux/kvm_host.h. */
#define APF_OUTSTANDING_MAX 64

extern struct kvm_vcpu_pv_apf_data apf_area;

/* What the handlers saw, in order. */
struct apf_seen {
	u32 missing[APF_EVENTS_MAX]; /* tokens of "page not present" */
	u32 ready[APF_EVENTS_MAX]; /* tokens of "page ready" */
	unsigned int missing_count, ready_count, wake_all_count;
	unsigned int repeat_count; /* interrupts without a new token */
	unsigned int ready_vector; /* of the last "page ready" */
	unsigned int cpu; /* index of the vCPU that enabled the events: apf_area is its area */
	bool hold; /* set by a test: the handler leaves the token in the area and does not acknowledge it */
	u32 held; /* the last token that was left there */
};
extern struct apf_seen apf_seen;

/*
 * Enable asynchronous page faults on this vCPU, with the options KVM_ASYNC_PF_SEND_ALWAYS and the like, and wait for
 * the wake-all event that KVM queues at each enabling. Fails the running test if that event does not arrive.
 */
void apf_enable(u64 options);

/* The #PF handler that apf_enable() installs: records the token and lets the probe end with its fault. */
bool apf_on_page_fault(struct trap_frame *frame);

/* Zero the token and write MSR_KVM_ASYNC_PF_ACK: the guest can take the next "page ready". */
void apf_acknowledge(void);

/* "Page ready" has arrived with this token; or does so within APF_READY_MS. */
bool apf_is_ready(u32 token);
bool apf_becomes_ready(u32 token);

/* Of @count pages that were reported as not present each is ready, or becomes so within APF_READY_MS, and none twice. */
void apf_check_each_ready_once(unsigned int count);

/*
 * Read from a cold page. Returns whether the access raised "page not present". If it did not, the access waited for the
 * page, and the content is checked.
 */
bool apf_touch(const u8 *page);

/* The first of APF_TRIES cold pages that is reported as not present. Fails the running test if none is. */
u8 *apf_touch_until_missing(void);

/* Touch so many cold pages. Returns how many were reported as not present since apf_enable(). */
unsigned int apf_touch_many(unsigned int pages);

#endif
