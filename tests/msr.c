/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All of KVM's MSRs: their values at power-on, reserved bits and addresses.
 *
 * Contract: at power-on all read 0, except MSR_KVM_POLL_CONTROL, which reads 1. RDMSR returns the
 *           value last written, and 0 for MSR_KVM_ASYNC_PF_ACK. A write with a reserved bit raises
 *           #GP and changes nothing. Each vCPU has its own MSRs; only the wall clock's is the VM's.
 *           The clocks and steal time accept any address; PV EOI and asynchronous page faults raise
 *           #GP for one that is not RAM, if the write enables them.
 * Source:   msr.rst; arch/x86/kvm/x86.c, kvm_set_msr_common(), kvm_pv_enable_async_pf(); lapic.c,
 *           kvm_lapic_set_pv_eoi().
 * How:      from the table in x86/kvm/pv_msr.c, with values that enable nothing and addresses where no
 *           RAM can be.
 * Needs:    MSRs that are advertised; those of asynchronous page faults also a local APIC in the
 *           kernel.
 * Cannot show: the boot vCPU's clocks at power-on, which firmware may have used.
 */
#include "x86/cpu/msr.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/smp.h"
#include "x86/kvm/needs.h"

/* Bits that no physical address has: the architecture's limit is 52. */
#define NO_ADDRESS 0xfff0000000000000ull

/* Two values that differ in every bit, of which harmless() keeps the bits that may be written. */
#define PATTERN	      0x5555555555555555ull
#define OTHER_PATTERN 0xaaaaaaaaaaaaaaaaull

static bool carries_an_address(const struct pv_msr *row)
{
	return !(row->reserved >> 63) && row->msr != MSR_KVM_ASYNC_PF_ACK;
}

static const struct pv_msr *judged_from(const struct pv_msr *row)
{
	for (; row < pv_msrs + pv_msr_count; row++)
		if (pv_msr_is_offered(row))
			return row;
	return NULL;
}

static const struct pv_msr *next_judged(const struct pv_msr *row)
{
	return judged_from(row + 1);
}

static const struct pv_msr *first_judged(void)
{
	return judged_from(pv_msrs);
}

/*
 * For steal time, which took no address outside of RAM before Linux 5.6, not even with bit 0 clear: the patterns' bits
 * within this page remain.
 */
static u8 in_ram[PAGE_SIZE] ALIGNED(PAGE_SIZE);

/*
 * Those of the given bits that the MSR accepts, without enabling anything, and without an address in RAM for the wall
 * clock.
 */
static u64 harmless(const struct pv_msr *row, u64 bits)
{
	u64 value = bits & ~row->reserved;

	if (row->vm_wide)
		return value | NO_ADDRESS;
	if (row->msr == MSR_KVM_STEAL_TIME)
		return (u64)in_ram | (value & (PAGE_SIZE - sizeof(struct kvm_steal_time)));
	if (row->feature == KVM_FEATURE_ASYNC_PF)
		return value & ~0x3full; /* the ways of delivery have features of their own */
	return carries_an_address(row) ? value & ~(u64)KVM_MSR_ENABLED : value;
}

static void expect_value(const struct pv_msr *row, u64 want)
{
	u64 got;
	fault_t fault = rdmsr_safe(row->msr, &got);

	if (row->msr == MSR_KVM_ASYNC_PF_ACK)
		want = 0;
	EXPECT_TRUE(!fault && got == want, "%s on vCPU %u: got %s, %#lx, want %#lx", row->name,
		    this_cpu()->index, fault_text(fault), (unsigned long)got, (unsigned long)want);
}

static void expect_written(const struct pv_msr *row, u64 value)
{
	fault_t fault = wrmsr_safe(row->msr, value);

	EXPECT_TRUE(!fault, "WRMSR of %#lx to %s: got %s, want no fault", (unsigned long)value, row->name,
		    fault_text(fault));
	expect_value(row, value);
}

static void expect_refused(const struct pv_msr *row, u64 value)
{
	fault_t fault = wrmsr_safe(row->msr, value);

	EXPECT_TRUE(fault == FAULT(GP_VECTOR, 0), "WRMSR of %#lx to %s: got %s, want #GP(0)",
		    (unsigned long)value, row->name, fault_text(fault));
}

/*
 * The values from before this kernel wrote any. SeaBIOS writes the system time's MSR on the boot vCPU, and no other;
 * a former kernel, any. [M04]
 */
TEST(msr, power_on_values_are_documented)
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row))
		for (unsigned int i = 0; i < smp_cpus_online(); i++) {
			const struct pv_msr_reading *reading = pv_msr_at_start(i, row->msr);

			if (!i && (row->msr == MSR_KVM_SYSTEM_TIME || row->msr == MSR_KVM_SYSTEM_TIME_NEW))
				continue;
			if (pv_msr_used_before() && (!i || row->kept_by_init))
				continue;
			EXPECT_TRUE(!reading->fault && reading->value == row->reset,
				    "%s on vCPU %u at power-on: got %s, %#lx, want %#lx", row->name, i,
				    fault_text(reading->fault), (unsigned long)reading->value,
				    (unsigned long)row->reset);
		}
}

/* RDMSR returns the value as written, also where its bits are no address. [M07 A09] */
TEST(msr, values_are_read_back)
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row)) {
		expect_written(row, harmless(row, ~0ull));
		expect_written(row, harmless(row, PATTERN));
		expect_written(row, harmless(row, OTHER_PATTERN));
	}
}

/* Reserved bits fault whether the feature is enabled by the same write or not. [M08 A02 E01 P02 S01] */
TEST(msr, reserved_bits_fault_and_change_nothing)
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row)) {
		u64 kept = harmless(row, PATTERN);

		expect_written(row, kept);
		for (int bit = 0; bit < 64; bit++) {
			if (!(row->reserved & BIT_ULL(bit)))
				continue;
			expect_refused(row, kept | BIT_ULL(bit));
			if (carries_an_address(row))
				expect_refused(row, kept | BIT_ULL(bit) | KVM_MSR_ENABLED);
		}
		expect_value(row, kept);
	}
}

/* msr.rst wants the area in RAM, and does not say what any other address does. */
static void expect_written_or_refused(const struct pv_msr *row, u64 value)
{
	u64 before = rdmsr(row->msr);
	fault_t fault = wrmsr_safe(row->msr, value);

	EXPECT_TRUE(!fault || fault == FAULT(GP_VECTOR, 0),
		    "WRMSR of %#lx to %s: got %s, want no fault or #GP(0)", (unsigned long)value, row->name,
		    fault_text(fault));
	expect_value(row, fault ? before : value);
	test_observed("an address outside of RAM %s", fault ? "faults" : "is taken");
}

/*
 * KVM accepts any address for the clocks' MSRs, since Linux 5.6 for steal time, too, and drops updates that it cannot
 * write. Bit 1 makes the clocks' address
 * misaligned. [K23 K46 S14]
 */
TEST(msr, clocks_and_steal_time_take_any_address, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2))
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row)) {
		bool clock = row->feature == KVM_FEATURE_CLOCKSOURCE ||
			     row->feature == KVM_FEATURE_CLOCKSOURCE2;

		if (clock)
			expect_written(row, NO_ADDRESS | 2 | KVM_MSR_ENABLED);
		if (clock)
			expect_written(row, NO_ADDRESS | KVM_MSR_ENABLED);
		if (row->msr == MSR_KVM_STEAL_TIME)
			expect_written_or_refused(row, NO_ADDRESS | KVM_MSR_ENABLED);
	}
}

/*
 * RDMSR then returns the old value or the refused one: Linux 5.10 stores PV EOI's value before it looks at the address,
 * and all before 7.2 that of asynchronous page faults.
 */
static void expect_only_ram(u32 msr, u64 enabled)
{
	const struct pv_msr *row = pv_msr_find(msr);
	u64 before = harmless(row, PATTERN), refused = NO_ADDRESS | enabled, after;

	expect_written(row, before);
	expect_refused(row, refused);
	after = rdmsr(msr);
	EXPECT_TRUE(after == before || after == refused, "%s: got %#lx, want %#lx or %#lx", row->name,
		    (unsigned long)after, (unsigned long)before, (unsigned long)refused);
	test_observed("the refused value is %s", after == refused ? "remembered" : "forgotten");
}

/*
 * KVM maps the word when PV EOI is enabled (kvm_lapic_set_pv_eoi()), and can refuse an address outside of RAM only
 * there. [E02 M08]
 */
TEST(msr, pv_eoi_takes_only_ram, .needs.features = BIT(KVM_FEATURE_PV_EOI))
{
	expect_only_ram(MSR_KVM_PV_EOI_EN, KVM_MSR_ENABLED);
}

/*
 * KVM maps the area when delivery is enabled (kvm_pv_enable_async_pf()), and can refuse an address outside of RAM only
 * there. [A10 M08]
 */
TEST(msr, async_pf_takes_only_ram,
     .needs = {.features = BIT(KVM_FEATURE_ASYNC_PF) | BIT(KVM_FEATURE_ASYNC_PF_INT),
	       .conditions = NEED_KERNEL_LAPIC})
{
	expect_only_ram(MSR_KVM_ASYNC_PF_EN, KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT);
}

/* Do two rows name one register? */
static bool are_one(const struct pv_msr *a, const struct pv_msr *b)
{
	bool is_clock = a->feature == KVM_FEATURE_CLOCKSOURCE || a->feature == KVM_FEATURE_CLOCKSOURCE2;
	bool is_other = b->feature == KVM_FEATURE_CLOCKSOURCE || b->feature == KVM_FEATURE_CLOCKSOURCE2;

	return a == b || (is_clock && is_other && a->vm_wide == b->vm_wide);
}

/* KVM has a case for each number, and must not go on to the next one. [M14] */
TEST(msr, a_write_changes_no_other)
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row))
		expect_written(row, harmless(row, PATTERN));
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row)) {
		expect_written(row, harmless(row, OTHER_PATTERN));
		for (const struct pv_msr *other = first_judged(); other; other = next_judged(other))
			if (!are_one(row, other))
				expect_value(other, harmless(other, PATTERN));
		for (const struct pv_msr *same = first_judged(); same; same = next_judged(same))
			if (are_one(row, same))
				expect_written(same, harmless(same, PATTERN));
	}
}

static void write_own(void *pattern)
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row))
		if (!row->vm_wide)
			expect_written(row, harmless(row, (u64)pattern));
}

static void expect_own(void *pattern)
{
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row))
		if (!row->vm_wide)
			expect_value(row, harmless(row, (u64)pattern));
}

/* KVM keeps these values for each vCPU, so a write on one must not show on another. [M10 P06] */
TEST(msr, each_vcpu_has_its_own, .needs.cpus = 2)
{
	write_own((void *)PATTERN);
	smp_call(1, write_own, (void *)OTHER_PATTERN);
	expect_own((void *)PATTERN);
	smp_call(1, expect_own, (void *)OTHER_PATTERN);
}

static void write_wall_clock(void *value)
{
	wrmsr(MSR_KVM_WALL_CLOCK_NEW, (u64)value);
}

/* KVM has one wall clock address for the VM, under both numbers if both are advertised. [M10 K47] */
TEST(msr, the_wall_clock_is_shared, .needs = {.features = BIT(KVM_FEATURE_CLOCKSOURCE2), .cpus = 2})
{
	smp_call(1, write_wall_clock, (void *)NO_ADDRESS);
	for (const struct pv_msr *row = first_judged(); row; row = next_judged(row))
		if (row->vm_wide)
			expect_value(row, NO_ADDRESS);
}

SUITE(msr, .contract = "msr.rst", .needs.conditions = NEED_KVM | NEED_PV_MSR);
