/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guest may have the runner try of KVM's clock interface for VMMs, on a VM of the runner's own (docs/channel.md). Shared by
 * the kernel and the runner: a request has the number. Each gives one value, with the bounds that it has to be in.
 */
#ifndef LIB_KVM_CLOCK_H
#define LIB_KVM_CLOCK_H

/*
 * X(NAME):
 *	START		KVM_GET_CLOCK of a new VM: from 0 to the time since it was made, in ns
 *	MASTER		KVM_CLOCK_TSC_STABLE in its flags once each vCPU has run, and no clock was set: 2, or 0. No bounds
 *	FLAGS		all of its flags then: with that one all that KVM knows, without it 0
 *	REALTIME	its realtime: the host's CLOCK_REALTIME at that time, in ns
 *	HOST_TSC	its host_tsc: the host's TSC at that time
 *	SET		its clock after KVM_SET_CLOCK: what was set, and the time since, in ns
 *	SET_WHAT_GET	the result of KVM_SET_CLOCK with all that KVM_GET_CLOCK gave: 0. Results are 0 or errno; any
 *			other counts from 1000
 *	CATCH_UP	its clock after KVM_SET_CLOCK with a realtime that is 10 s ago: what was set, 10 s and the time since
 *	NO_STEP_BACK	the same with a realtime that is still to come: what was set, and the time since
 *	BAD_FLAGS	how many flags KVM_SET_CLOCK refuses with EINVAL: all but those that KVM knows
 *	GET_AT_NULL	the result of KVM_GET_CLOCK with a null pointer: EFAULT
 *	SET_AT_NULL	the same of KVM_SET_CLOCK
 *	CTRL_WITHOUT	the result of KVM_KVMCLOCK_CTRL for a vCPU that has no kvmclock area: EINVAL
 *	CTRL_WITH	the same for one that has one: 0
 *	CTRL_FLAG	the area's flag GUEST_STOPPED after the vCPU's next run: 2
 */
#define KVM_CLOCK_STEPS(X) \
	X(START)           \
	X(MASTER)          \
	X(FLAGS)           \
	X(REALTIME)        \
	X(HOST_TSC)        \
	X(SET)             \
	X(SET_WHAT_GET)    \
	X(CATCH_UP)        \
	X(NO_STEP_BACK)    \
	X(BAD_FLAGS)       \
	X(GET_AT_NULL)     \
	X(SET_AT_NULL)     \
	X(CTRL_WITHOUT)    \
	X(CTRL_WITH)       \
	X(CTRL_FLAG)

enum kvm_clock_step {
#define KVM_CLOCK_ENUMERATOR(name) KVM_CLOCK_STEP_##name,
	KVM_CLOCK_STEPS(KVM_CLOCK_ENUMERATOR)
#undef KVM_CLOCK_ENUMERATOR
		KVM_CLOCK_STEPS_COUNT
};

#endif
