/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/pvclock.h"

#include "lib/string.h"
#include "x86/cpu/processor.h"

u64 pvclock_scale(u64 tsc_delta, u32 mul, s8 shift)
{
	u64 shifted = shift < 0 ? tsc_delta >> -shift : tsc_delta << shift;

	return (u64)((unsigned __int128)shifted * mul >> 32);
}

/*
 * One TSC cycle lasts mul * 2^shift / 2^32 ns, so a kHz value is 10^6 * 2^32 / (mul * 2^shift).
 * 10^6 * 2^32 needs 52 bits: there is room for the shifts that kvm_get_time_scale() yields (-12 .. 11).
 */
u64 pvclock_khz(u32 mul, s8 shift)
{
	u64 dividend = 1000000ull << 32;
	u64 divisor = mul;

	if (!mul)
		return 0;
	if (shift < 0)
		dividend <<= -shift;
	else
		divisor <<= shift;
	return (dividend + divisor / 2) / divisor;
}

u64 pvclock_at(const struct pvclock_vcpu_time_info *info, u64 tsc)
{
	if (tsc < info->tsc_timestamp)
		return info->system_time -
		       pvclock_scale(info->tsc_timestamp - tsc, info->tsc_to_system_mul, info->tsc_shift);
	return info->system_time +
	       pvclock_scale(tsc - info->tsc_timestamp, info->tsc_to_system_mul, info->tsc_shift);
}

/* x86 does not reorder loads with loads; this keeps the compiler from doing so. */
static void barrier(void)
{
	__asm__ volatile("" : : : "memory");
}

struct pvclock_vcpu_time_info pvclock_snapshot(const struct pvclock_vcpu_time_info *area)
{
	struct pvclock_vcpu_time_info copy;
	u32 version;

	do {
		version = READ_ONCE(area->version);
		barrier();
		memcpy(&copy, area, sizeof(copy));
		barrier();
	} while (version & 1 || version != READ_ONCE(area->version));
	return copy;
}

u64 pvclock_read(const struct pvclock_vcpu_time_info *area, struct pvclock_vcpu_time_info *used)
{
	u64 now;

	do {
		*used = pvclock_snapshot(area);
		now = pvclock_at(used, rdtsc());
		barrier();
	} while (used->version != READ_ONCE(area->version));
	return now;
}

u64 pvclock_now(const struct pvclock_vcpu_time_info *area)
{
	struct pvclock_vcpu_time_info used;

	return pvclock_read(area, &used);
}
