/* SPDX-License-Identifier: BSD-2-Clause */
/* x86/kvm/pvclock.c: the arithmetic against 128-bit and floating-point references, the reader against a writer. */
#include "selftest/unit/unit.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "x86/kvm/pvclock.h"

/* What KVM's kvm_get_time_scale() can yield, from 0.5 MHz to 8 THz. */
#define SHIFT_MIN (-12)
#define SHIFT_MAX 11

static const u32 muls[] = {0x80000000, 0x80000001, 0x9c3fba12, 0xcccccccd, 0xfffffffe, 0xffffffff};

/* delta * 2^shift * mul / 2^32, rounded down, and whether that and what is on the way fit in 64 bits. */
static bool exact_ns(u64 delta, u32 mul, int shift, u64 *ns)
{
	unsigned __int128 shifted = shift < 0 ? delta >> -shift : (unsigned __int128)delta << shift;
	unsigned __int128 result = shifted * mul >> 32;

	*ns = (u64)result;
	return shifted <= UINT64_MAX;
}

static void scale_is_exact(void **state)
{
	static const u64 deltas[] = {0,
				     1,
				     2,
				     3,
				     1000,
				     0xffffffff,
				     1ull << 32,
				     1ull << 40,
				     (1ull << 53) + 1,
				     1ull << 63,
				     UINT64_MAX - 1,
				     UINT64_MAX};
	unsigned int compared = 0;
	u64 ns;

	(void)state;
	for (int shift = SHIFT_MIN; shift <= SHIFT_MAX; shift++)
		for (size_t m = 0; m < ARRAY_SIZE(muls); m++)
			for (size_t d = 0; d < ARRAY_SIZE(deltas); d++)
				if (exact_ns(deltas[d], muls[m], shift, &ns)) {
					assert_int_equal(pvclock_scale(deltas[d], muls[m], (s8)shift), ns);
					compared++;
				}
	assert_true(compared > 1000);
}

/* At the far end of the counter, 195 years at 3 GHz, the 96-bit product must not lose its upper part. */
static void scale_at_the_far_end(void **state)
{
	(void)state;
	assert_int_equal(pvclock_scale(UINT64_MAX, 0xffffffff, 0), 0xfffffffeffffffff);
	assert_int_equal(pvclock_scale(UINT64_MAX, 0x80000000, -1), 0x3fffffffffffffff);
	assert_int_equal(pvclock_scale(1ull << 63, 0x80000000, 0), 1ull << 62);
}

/* shift and mul as the host makes them for a frequency: mul is a 32-bit fraction with its top bit set. */
static void time_scale(u64 hz, u32 *mul, s8 *shift)
{
	long double ns_per_cycle = 1e9L / hz;
	int exponent;
	long double fraction = frexpl(ns_per_cycle, &exponent); /* 0.5 <= fraction < 1 */

	*mul = (u32)floorl(ldexpl(fraction, 32));
	*shift = (s8)exponent;
}

static void frequency_is_found_again(void **state)
{
	static const u64 khz[] = {500,	   1000,    33333,   500000,  999999,	1000000,    1000001,
				  2000000, 2445366, 2999999, 4000000, 10000000, 1000000000, 4000000000};
	u32 mul;
	s8 shift;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(khz); i++) {
		time_scale(khz[i] * 1000, &mul, &shift);
		assert_true(mul & 0x80000000);
		assert_in_range(shift + 20, SHIFT_MIN + 20, SHIFT_MAX + 20);
		/* mul is rounded down by less than 2^-31 of its value, so the frequency comes out that much high. */
		assert_in_range(pvclock_khz(mul, shift), khz[i], khz[i] + 1 + (khz[i] >> 31));
	}
}

static void frequency_is_rounded_to_the_nearest(void **state)
{
	(void)state;
	for (int shift = SHIFT_MIN; shift <= SHIFT_MAX; shift++)
		for (size_t m = 0; m < ARRAY_SIZE(muls); m++) {
			long double exact = ldexpl(1e6L * 4294967296.0L / muls[m], -shift);

			assert_true(fabsl((long double)pvclock_khz(muls[m], (s8)shift) - exact) <= 0.5001L);
		}
	assert_int_equal(pvclock_khz(0, 0), 0);
}

static void time_before_and_after_the_snapshot(void **state)
{
	struct pvclock_vcpu_time_info info = {.tsc_timestamp = 1000000,
					      .system_time = 5000000,
					      .tsc_to_system_mul = 0x80000000};

	(void)state;
	assert_int_equal(pvclock_at(&info, 1000000), 5000000);
	assert_int_equal(pvclock_at(&info, 1000002), 5000001); /* 2 GHz */
	assert_int_equal(pvclock_at(&info, 3000000), 6000000);
	assert_int_equal(pvclock_at(&info, 999998), 4999999);
	assert_int_equal(pvclock_at(&info, 0), 4500000);

	/* The counter's end is as good as its beginning. */
	info.tsc_timestamp = UINT64_MAX - 1000;
	assert_int_equal(pvclock_at(&info, UINT64_MAX), 5000500);
	info.tsc_shift = -1;
	assert_int_equal(pvclock_at(&info, UINT64_MAX), 5000250);
	info.tsc_shift = 1;
	assert_int_equal(pvclock_at(&info, UINT64_MAX), 5001000);
}

static void snapshot_is_a_copy(void **state)
{
	const struct pvclock_vcpu_time_info area = {.version = 42,
						    .pad0 = 1,
						    .tsc_timestamp = 2,
						    .system_time = 3,
						    .tsc_to_system_mul = 4,
						    .tsc_shift = -5,
						    .flags = 6,
						    .pad = {7, 8}};
	struct pvclock_vcpu_time_info copy = pvclock_snapshot(&area);

	(void)state;
	assert_memory_equal(&copy, &area, sizeof(area));
}

static struct pvclock_vcpu_time_info shared = {.version = 2};
static bool stop;

/* The host's side of the protocol: odd while it writes. All fields hold the same number. */
static void *write_area(void *unused)
{
	for (u32 n = 1; !__atomic_load_n(&stop, __ATOMIC_RELAXED); n++) {
		__atomic_store_n(&shared.version, shared.version + 1, __ATOMIC_SEQ_CST);
		WRITE_ONCE(shared.tsc_timestamp, n);
		WRITE_ONCE(shared.system_time, n);
		WRITE_ONCE(shared.tsc_to_system_mul, n);
		__atomic_store_n(&shared.version, shared.version + 1, __ATOMIC_SEQ_CST);
	}
	return unused;
}

static void snapshot_is_never_torn(void **state)
{
	pthread_t writer;
	u64 last = 0;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_area, NULL), 0);
	for (int i = 0; i < 200000; i++) {
		struct pvclock_vcpu_time_info copy = pvclock_snapshot(&shared);

		assert_int_equal(copy.version % 2, 0);
		assert_int_equal(copy.tsc_timestamp, copy.system_time);
		assert_int_equal(copy.tsc_timestamp, copy.tsc_to_system_mul);
		assert_true(copy.system_time >= last);
		last = copy.system_time;
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scale_is_exact),
		cmocka_unit_test(scale_at_the_far_end),
		cmocka_unit_test(frequency_is_found_again),
		cmocka_unit_test(frequency_is_rounded_to_the_nearest),
		cmocka_unit_test(time_before_and_after_the_snapshot),
		cmocka_unit_test(snapshot_is_a_copy),
		cmocka_unit_test(snapshot_is_never_torn),
	};

	return cmocka_run_group_tests_name("pvclock", tests, NULL, NULL);
}
