/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/cost.h"

#include "x86/cpu/processor.h"
#include "x86/kvm/steal.h"
#include "x86/platform/kvm_counters.h"

#define OPERATIONS 100
#define ROUNDS	   2
#define SAMPLES	   (ROUNDS * OPERATIONS)

static u64 cycles[SAMPLES];

/* Once before, so that no sample has the exits of memory that is used for the first time. */
struct test_cost cost_of(void (*operation)(u64 argument), u64 argument)
{
	struct test_cost cost = {0};
	u64 least = ~0ull, off, before, after;

	operation(argument);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		before = kvm_count(KVM_COUNTER_EXITS);
		for (unsigned int i = 0; i < OPERATIONS; i++) {
			u64 start = rdtsc();

			operation(argument);
			cycles[round * OPERATIONS + i] = rdtsc() - start;
		}
		after = kvm_count(KVM_COUNTER_EXITS);
		EXPECT_GE(after, before);
		least = MIN(least, after - before);
	}
	cost.exits = (least + OPERATIONS / 2) / OPERATIONS;
	off = MAX(least, cost.exits * OPERATIONS) - MIN(least, cost.exits * OPERATIONS);
	cost.exits_known = off < OPERATIONS / 4;
	steal_sort(cycles, SAMPLES);
	cost.median_cycles = cycles[SAMPLES / 2];
	cost.p99_cycles = cycles[SAMPLES * 99 / 100];
	EXPECT_GT(cost.median_cycles, 0ull);
	return cost;
}

void cost_log(const char *name, void (*operation)(u64 argument), u64 argument)
{
	struct test_cost cost = cost_of(operation, argument);

	test_cost(name, &cost);
}
