/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/run/kvm_clock.h"

#include <errno.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "runner/common/alloc.h"
#include "runner/common/parent.h"
#include "runner/run/bare_vm.h"

#define NS_PER_SEC	   1000000000ull
#define LIMIT_SECONDS	   30
#define ODD		   1000 /* what is added to a result of an ioctl that is neither 0 nor -1 */
#define SYSTEM_TIME_NEW	   0x4b564d01
#define AREA_FLAGS	   29 /* in struct pvclock_vcpu_time_info */
#define AREA_FLAGS_STOPPED 2
#define TO_SET		   (1000 * NS_PER_SEC)
#define APART		   (10 * NS_PER_SEC)
/* Clocks are made of others by multiplication, and NTP may steer the one that is compared: what it may be more in a time. */
#define SLACK_NS	  1000000ull
#define REALTIME_SLACK_NS 10000

typedef struct kvm_clock_outcome outcome;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

static uint64_t tsc(void)
{
	_mm_lfence();
	return __rdtsc();
}

/* 0, errno, or from ODD on: a system call that fails returns -1, and these return nothing else but 0. */
static uint64_t result_of(int result)
{
	if (result == -1)
		return (uint64_t)errno;
	return result ? ODD + (uint32_t)result : 0;
}

static outcome one(uint64_t got, uint64_t want)
{
	return (outcome){.got = got, .least = want, .most = want};
}

/* An ioctl may also end with another result than 0 and -1, which is no error of its own. */
static outcome failed(void)
{
	return (outcome){.error = errno ? errno : EPROTO};
}

static uint32_t known_flags(const struct bare_vm *v)
{
	int flags = ioctl(v->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ADJUST_CLOCK);

	return flags > 0 ? (uint32_t)flags : 0;
}

static uint64_t at_most_since(uint64_t began_ns)
{
	uint64_t elapsed = clock_ns(CLOCK_MONOTONIC) - began_ns;

	return elapsed + elapsed / 100 + SLACK_NS;
}

static outcome start(const struct bare_vm *v, uint64_t made_ns)
{
	struct kvm_clock_data data;
	uint64_t result = result_of(ioctl(v->vm, KVM_GET_CLOCK, &data));

	if (result)
		return one(result, 0);
	return (outcome){data.clock, 0, at_most_since(made_ns), false, 0};
}

/* The first vCPU's run updates the master clock for all. */
static bool get_after_runs(const struct bare_vm *v, struct kvm_clock_data *data)
{
	for (unsigned int i = 0; i < BARE_VM_VCPUS; i++)
		if (!bare_vm_run(v, i))
			return false;
	return !ioctl(v->vm, KVM_GET_CLOCK, data);
}

/* The same where KVM sets @flag. False: it does not, or has failed, which is the outcome then. */
static bool get_with(const struct bare_vm *v, uint32_t flag, struct kvm_clock_data *data, outcome *o)
{
	if (!get_after_runs(v, data)) {
		*o = failed();
		return false;
	}
	*o = (outcome){.lacking = true};
	return data->flags & flag;
}

static outcome flags(const struct bare_vm *v, enum kvm_clock_step step)
{
	struct kvm_clock_data data;

	if (!get_after_runs(v, &data))
		return failed();
	if (step == KVM_CLOCK_STEP_MASTER)
		return (outcome){data.flags & KVM_CLOCK_TSC_STABLE, 0, KVM_CLOCK_TSC_STABLE, false, 0};
	return one(data.flags, data.flags & KVM_CLOCK_TSC_STABLE ? known_flags(v) : 0);
}

static outcome realtime(const struct bare_vm *v)
{
	struct kvm_clock_data data;
	outcome o;
	uint64_t before;

	if (!get_with(v, KVM_CLOCK_REALTIME, &data, &o))
		return o;
	before = clock_ns(CLOCK_REALTIME);
	if (ioctl(v->vm, KVM_GET_CLOCK, &data))
		return failed();
	return (outcome){data.realtime, before - REALTIME_SLACK_NS,
			 clock_ns(CLOCK_REALTIME) + REALTIME_SLACK_NS, false, 0};
}

static outcome host_tsc(const struct bare_vm *v)
{
	struct kvm_clock_data data;
	outcome o;
	uint64_t before;

	if (!get_with(v, KVM_CLOCK_HOST_TSC, &data, &o))
		return o;
	before = tsc();
	if (ioctl(v->vm, KVM_GET_CLOCK, &data))
		return failed();
	return (outcome){data.host_tsc, before, tsc(), false, 0};
}

/* With KVM_CLOCK_REALTIME unless @realtime is 0. @ahead: by how much the clock then has to be ahead of what was set. */
static outcome set(const struct bare_vm *v, uint64_t realtime, uint64_t ahead)
{
	struct kvm_clock_data data = {.clock = TO_SET, .realtime = realtime};
	uint64_t began = clock_ns(CLOCK_MONOTONIC), result;

	data.flags = realtime ? KVM_CLOCK_REALTIME : 0;
	if (data.flags & ~known_flags(v))
		return (outcome){.lacking = true};
	result = result_of(ioctl(v->vm, KVM_SET_CLOCK, &data));
	if (result)
		return one(result, 0);
	if (ioctl(v->vm, KVM_GET_CLOCK, &data))
		return failed();
	return (outcome){data.clock, TO_SET + ahead - SLACK_NS, TO_SET + ahead + at_most_since(began), false,
			 0};
}

static outcome set_what_get_gave(const struct bare_vm *v)
{
	struct kvm_clock_data data;
	outcome o;

	if (!get_with(v, KVM_CLOCK_REALTIME, &data, &o))
		return o;
	return one(result_of(ioctl(v->vm, KVM_SET_CLOCK, &data)), 0);
}

static outcome bad_flags(const struct bare_vm *v)
{
	uint32_t known = known_flags(v);
	uint64_t refused = 0, unknown = 0;

	for (unsigned int bit = 0; bit < 32; bit++) {
		struct kvm_clock_data data = {.clock = TO_SET, .flags = 1u << bit};

		if (known & data.flags)
			continue;
		unknown++;
		refused += result_of(ioctl(v->vm, KVM_SET_CLOCK, &data)) == EINVAL;
	}
	return one(refused, unknown);
}

static bool set_msr(int vcpu, uint32_t index, uint64_t value)
{
	struct kvm_msrs *msrs = alloc_bytes(sizeof(*msrs) + sizeof(msrs->entries[0]));
	bool is_set;

	*msrs = (struct kvm_msrs){.nmsrs = 1};
	msrs->entries[0] = (struct kvm_msr_entry){.index = index, .data = value};
	is_set = ioctl(vcpu, KVM_SET_MSRS, msrs) == 1;
	free(msrs);
	return is_set;
}

static outcome ctrl(const struct bare_vm *v, enum kvm_clock_step step)
{
	uint64_t result;

	if (step != KVM_CLOCK_STEP_CTRL_WITHOUT &&
	    !set_msr(v->vcpus[0], SYSTEM_TIME_NEW, BARE_VM_FREE_PAGE | 1))
		return failed();
	if (!bare_vm_run(v, 0))
		return failed();
	result = result_of(ioctl(v->vcpus[0], KVM_KVMCLOCK_CTRL, 0));
	if (step != KVM_CLOCK_STEP_CTRL_FLAG)
		return one(result, step == KVM_CLOCK_STEP_CTRL_WITH ? 0 : EINVAL);
	if (!bare_vm_run(v, 0))
		return failed();
	return one(v->free_page[AREA_FLAGS] & AREA_FLAGS_STOPPED, AREA_FLAGS_STOPPED);
}

static outcome try_on(const struct bare_vm *v, enum kvm_clock_step step, uint64_t made_ns)
{
	switch (step) {
	case KVM_CLOCK_STEP_START:
		return start(v, made_ns);
	case KVM_CLOCK_STEP_MASTER:
	case KVM_CLOCK_STEP_FLAGS:
		return flags(v, step);
	case KVM_CLOCK_STEP_REALTIME:
		return realtime(v);
	case KVM_CLOCK_STEP_HOST_TSC:
		return host_tsc(v);
	case KVM_CLOCK_STEP_SET:
		return set(v, 0, 0);
	case KVM_CLOCK_STEP_SET_WHAT_GET:
		return set_what_get_gave(v);
	case KVM_CLOCK_STEP_CATCH_UP:
		return set(v, clock_ns(CLOCK_REALTIME) - APART, APART);
	case KVM_CLOCK_STEP_NO_STEP_BACK:
		return set(v, clock_ns(CLOCK_REALTIME) + APART, 0);
	case KVM_CLOCK_STEP_BAD_FLAGS:
		return bad_flags(v);
	case KVM_CLOCK_STEP_GET_AT_NULL:
		return one(result_of(ioctl(v->vm, KVM_GET_CLOCK, NULL)), EFAULT);
	case KVM_CLOCK_STEP_SET_AT_NULL:
		return one(result_of(ioctl(v->vm, KVM_SET_CLOCK, NULL)), EFAULT);
	case KVM_CLOCK_STEP_CTRL_WITHOUT:
	case KVM_CLOCK_STEP_CTRL_WITH:
	case KVM_CLOCK_STEP_CTRL_FLAG:
		return ctrl(v, step);
	case KVM_CLOCK_STEPS_COUNT:
		break;
	}
	errno = EINVAL;
	return failed();
}

_Noreturn static void child(const char *device, enum kvm_clock_step step, int fd, pid_t parent)
{
	uint64_t made_ns = clock_ns(CLOCK_MONOTONIC);
	struct bare_vm v;
	outcome o;

	end_with_parent(parent, SIGKILL);
	signal(SIGALRM, SIG_DFL);
	alarm(LIMIT_SECONDS);
	o = bare_vm_make(&v, device) ? try_on(&v, step, made_ns) : failed();
	_exit(write(fd, &o, sizeof(o)) != sizeof(o));
}

outcome kvm_clock_try(const char *device, enum kvm_clock_step step)
{
	outcome o;
	int pipes[2];
	pid_t parent = getpid(), pid;

	if (pipe(pipes))
		return failed();
	pid = fork();
	if (!pid)
		child(device, step, pipes[1], parent);
	close(pipes[1]);
	if (pid < 0)
		o = failed();
	else if (read(pipes[0], &o, sizeof(o)) != sizeof(o))
		o = (outcome){.error = ETIME};
	close(pipes[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return o;
}
