/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steal time of a vCPU that is preempted again and again, and moves its area meanwhile.
 *
 * Contract: once MSR_KVM_STEAL_TIME holds a new address, the host writes nothing to the old area, "preempted" included:
 *           the guest may have given the memory another use.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; arch/x86/kvm/x86.c, kvm_steal_time_set_preempted(): "gpa != ghc->gpa" and
 *           at_instruction_boundary. In 5.10 and 5.15 before 2022 it wrote to the address that it had cached, which
 *           changes only at the entry after the WRMSR.
 * How:      vCPU 1 moves between two areas, with and without time in between. After each WRMSR the old area is filled
 *           with a pattern. vCPU 0 competes for the CPU, and waits for the areas to be marked.
 * Needs:    all vCPUs on one host CPU.
 * Cannot show: a write to the old area that comes later than the next move.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"

#define AREAS	   2
#define MOVE_NS	   (500 * NS_PER_MS)
#define OBSERVE_MS 5000 /* within this time a host interrupts a vCPU that competes for its CPU */
/* A WRMSR takes 0.1 ms in a nested guest: as long as two of these, so that the host interrupts it in either. */
#define STAY_NS 200000

static struct kvm_steal_time areas[AREAS];
static bool stop, ready;
static unsigned int moves;

/* The old area's "preempted" was 0 while this vCPU ran, and no one may write to it since. */
static void expect_left(const struct kvm_steal_time *old)
{
	ASSERT_EQ(READ_ONCE(old->preempted), 0);
}

static void move_over_and_over(void *argument)
{
	(void)argument;
	memset(areas, 0, sizeof(areas));
	wrmsr(MSR_KVM_STEAL_TIME, (u64)&areas[0] | KVM_MSR_ENABLED);
	WRITE_ONCE(ready, true);
	for (moves = 0; !READ_ONCE(stop); moves++) {
		struct kvm_steal_time *old = &areas[moves % AREAS], *new = &areas[(moves + 1) % AREAS];

		if (moves >= 1)
			EXPECT_BYTES(new, FILLER, sizeof(*new));
		memset(new, 0, sizeof(*new));
		if (moves % 4 < 2)
			timer_spin(STAY_NS);
		wrmsr(MSR_KVM_STEAL_TIME, (u64) new | KVM_MSR_ENABLED);
		expect_left(old);
		memset(old, FILLER, sizeof(*old));
	}
	wrmsr(MSR_KVM_STEAL_TIME, 0);
}

static bool is_marked(unsigned int which)
{
	return READ_ONCE(areas[which].preempted) == KVM_VCPU_PREEMPTED;
}

/*
 * Preempted between the WRMSR and the entry that follows, the vCPU has its new address already, and KVM's cache the old
 * one. KVM must then mark neither area, or the new one. Preempted later it has to mark the new one. [S24]
 */
TEST(steal_time_shared_cpu, an_area_that_was_left_is_not_marked, .needs.cpus = 2, .budget_ms = 20000)
{
	bool marked[AREAS] = {false, false};
	u64 start;

	stop = ready = false;
	smp_post(1, move_over_and_over, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(ready), OBSERVE_MS),
		    "vCPU 1 did not enable steal time: got nothing for %u ms, want it enabled", OBSERVE_MS);
	start = timer_ns();
	while (!smp_idle(1) && (timer_ns() - start < MOVE_NS ||
				(!(marked[0] && marked[1]) && timer_ns() - start < OBSERVE_MS * NS_PER_MS)))
		for (unsigned int i = 0; i < AREAS; i++)
			marked[i] |= is_marked(i);
	WRITE_ONCE(stop, true);
	smp_wait(1);
	for (unsigned int i = 0; i < AREAS; i++)
		EXPECT_TRUE(marked[i], "preempted of area %u: got 0 in %u moves, want it set in some", i,
			    moves);
}
