/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system time of one vCPU: the structure that MSR_KVM_SYSTEM_TIME_NEW names.
 *
 * Contract: WRMSR with bit 0 set names a struct pvclock_vcpu_time_info, 4-byte aligned, within a
 *           page. The host has filled it in when WRMSR returns. Its version is odd only while the
 *           host writes, and then goes on to the next even number; the fields are those of that
 *           version. Both numbers are one register.
 * Source:   msr.rst, MSR_KVM_SYSTEM_TIME_NEW and MSR_KVM_SYSTEM_TIME; arch/x86/kvm/x86.c,
 *           kvm_write_system_time(), kvm_guest_time_update(), kvm_setup_guest_pvclock().
 * How:      every write of the MSR makes the host write the structure again; the tests fill memory
 *           first, and look at what the host has changed.
 * Needs:    kvmclock.
 * Cannot show: that the host writes version first and last; a vCPU never sees its own structure
 *           half-written.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/told.h"
#include "x86/platform/rtc.h"

static struct {
	u8 before[64];
	struct pvclock_vcpu_time_info info;
	u8 after[64];
} memory;

static struct pvclock_vcpu_time_info *const area = &memory.info;

/* Enable over an area that is filled with a byte, or with zeros except for version. */
static void enable_over(u8 byte)
{
	memset(&memory, byte, sizeof(memory));
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, (u64)area | KVM_MSR_ENABLED));
}

static void enable_at_version(u32 version)
{
	memset(&memory, 0, sizeof(memory));
	area->version = version;
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME_NEW, (u64)area | KVM_MSR_ENABLED));
}

/*
 * The WRMSR exit only requests an update (KVM_REQ_CLOCK_UPDATE). KVM has to do it before it enters the guest, which
 * reads the area in its next instruction. [K01]
 */
TEST(kvmclock, structure_is_filled_in_when_wrmsr_returns)
{
	enable_at_version(0);
	EXPECT_NE(area->version, 0u);
	EXPECT_EQ(area->version & 1, 0u);
	EXPECT_NE(area->tsc_to_system_mul, 0u);
	EXPECT_NE(area->tsc_timestamp, 0u);
	EXPECT_NE(area->system_time, 0u);
}

/* Not on vCPU 0, if there is another: the legacy number would turn the master clock off there. */
static void on_last_vcpu(void (*work)(void *argument))
{
	smp_call(smp_cpus_online() - 1, work, NULL);
}

static void enable_by_legacy_number(void *argument)
{
	(void)argument;
	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_SYSTEM_TIME, (u64)area | KVM_MSR_ENABLED));
	EXPECT_NE(area->version, 0u);
	EXPECT_EQ(area->version & 1, 0u);
	EXPECT_NE(area->tsc_to_system_mul, 0u);
}

/* Guests from before Linux 2.6.35 use MSR 0x12, which has a feature bit of its own and must do the same. [K02] */
TEST(kvmclock, legacy_number_fills_in_the_structure, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE))
{
	memset(&memory, 0, sizeof(memory));
	on_last_vcpu(enable_by_legacy_number);
}

static void write_one_read_the_other(void *argument)
{
	(void)argument;
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)area | KVM_MSR_ENABLED);
	EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME), (u64)area | KVM_MSR_ENABLED);
	wrmsr(MSR_KVM_SYSTEM_TIME, (u64)area);
	EXPECT_EQ(rdmsr(MSR_KVM_SYSTEM_TIME_NEW), (u64)area);
}

/*
 * KVM keeps one value for both numbers, and migration relies on that: QEMU saves and restores it by the legacy one.
 * [K03]
 */
TEST(kvmclock, both_numbers_are_one_register, .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE))
{
	on_last_vcpu(write_one_read_the_other);
}

/*
 * At least 2, not exactly 2: up to Linux 6.12 KVM updates all areas once more within 100 ms of a vCPU's registration.
 * [K04]
 */
TEST(kvmclock, version_goes_from_even_to_even)
{
	enable_at_version(0);
	EXPECT_GE(area->version, 2u);
	EXPECT_EQ(area->version & 1, 0u);
	enable_at_version(1000);
	EXPECT_GE(area->version, 1002u);
	EXPECT_EQ(area->version & 1, 0u);
}

/*
 * KVM takes an odd version for an interrupted update and makes it even first: 7 becomes 8, then 9 while it writes, then
 * 10. [K05]
 */
TEST(kvmclock, odd_version_becomes_even)
{
	enable_at_version(7);
	EXPECT_GE(area->version, 10u);
	EXPECT_EQ(area->version & 1, 0u);
}

/* From all ones, the version wraps around to a small even number. [K05] */
TEST(kvmclock, version_wraps_around)
{
	enable_at_version(UINT32_MAX);
	EXPECT_GE(area->version, 2u);
	EXPECT_LT(area->version, 1000u);
	EXPECT_EQ(area->version & 1, 0u);
}

/*
 * KVM writes all 32 bytes of its own copy, in which padding is 0. Old bytes left there would be taken for data once the
 * fields get a meaning. [K06]
 */
TEST(kvmclock, padding_is_cleared)
{
	enable_over(FILLER);
	EXPECT_EQ(area->pad0, 0u);
	EXPECT_BYTES(area->pad, 0, sizeof(area->pad));
}

/*
 * KVM writes 32 bytes and no more. Before the fix of CVE-2013-1796 an unaligned address made it write beyond a page's
 * end. [K07]
 */
TEST(kvmclock, memory_around_the_structure_is_left_alone)
{
	enable_over(FILLER);
	EXPECT_EQ(area->version & 1, 0u);
	EXPECT_BYTES(memory.before, FILLER, sizeof(memory.before));
	EXPECT_BYTES(memory.after, FILLER, sizeof(memory.after));
}

/*
 * Multiplier and shift stand for the frequency of the vCPU's TSC. KVM rounds to 1 kHz, once for the host's frequency and
 * once where it scales; and its frequency of the host may be from before the host's own calibration was refined, for
 * which kvm.tsc_tolerance_ppm allows 250 ppm. kvm_get_time_scale() normalizes the multiplier, which is promised
 * nowhere. [K08]
 */
TEST(kvmclock, multiplier_uses_all_of_its_bits)
{
	u64 khz, want = told.vcpu_tsc_khz.value;

	enable_at_version(0);
	EXPECT_NE(area->tsc_to_system_mul, 0u);
	khz = pvclock_khz(area->tsc_to_system_mul, area->tsc_shift);
	if (told.vcpu_tsc_khz.known) {
		EXPECT_GE(khz, want - want / 4000 - 2);
		EXPECT_LE(khz, want + want / 4000 + 2);
	} else {
		EXPECT_GT(khz, timer_tsc_khz() / 2);
		EXPECT_LT(khz, timer_tsc_khz() * 2);
	}
	test_observed("the multiplier is %snormalized", area->tsc_to_system_mul >> 31 ? "" : "not ");
}

/*
 * KVM keeps one of the flags that it finds in memory, GUEST_STOPPED, and sets that one only after the VMM stopped the
 * VM. [K11]
 */
TEST(kvmclock, fresh_structure_has_no_flag_but_stable)
{
	enable_at_version(0);
	EXPECT_EQ(area->flags & ~PVCLOCK_TSC_STABLE_BIT, 0u);
	enable_over(0xff);
	EXPECT_EQ(area->flags & ~PVCLOCK_TSC_STABLE_BIT, PVCLOCK_GUEST_STOPPED);
}

/* The guest sets the flag itself, since the host would only do so after a pause of the VM. [K39] */
TEST(kvmclock, guest_stopped_stays_until_the_guest_clears_it)
{
	enable_at_version(0);
	__atomic_fetch_or(&area->flags, PVCLOCK_GUEST_STOPPED, __ATOMIC_SEQ_CST);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)area | KVM_MSR_ENABLED);
	EXPECT_EQ(area->flags & PVCLOCK_GUEST_STOPPED, PVCLOCK_GUEST_STOPPED);
	__atomic_fetch_and(&area->flags, (u8)~PVCLOCK_GUEST_STOPPED, __ATOMIC_SEQ_CST);
	wrmsr(MSR_KVM_SYSTEM_TIME_NEW, (u64)area | KVM_MSR_ENABLED);
	EXPECT_EQ(area->flags & PVCLOCK_GUEST_STOPPED, 0u);
}

/*
 * Guests compute RDTSC - tsc_timestamp as an unsigned number, so a timestamp in the future makes time jump by years.
 * [K12]
 */
TEST(kvmclock, timestamp_is_not_in_the_future)
{
	for (int i = 0; i < 10; i++) {
		enable_at_version(0);
		EXPECT_LE(area->tsc_timestamp, rdtsc());
	}
}

/*
 * The clock starts with the VM, and epoch= was taken before that, so it shows no more than the time since then. The RTC
 * may lag by two seconds: it counts whole seconds, and QEMU starts it on one. [K12]
 */
TEST(kvmclock, system_time_is_no_more_than_the_age_of_the_vm,
     .needs.conditions = NEED_EPOCH | NEED_CMOS_CLOCK | NEED_HOST_CMOS_CLOCK)
{
	u64 rtc = 0, seconds;

	enable_at_version(0);
	seconds = pvclock_now(area) / 1000000000;
	ASSERT_TRUE(rtc_read(&rtc), "the CMOS clock: got no date, want one as before");
	EXPECT_LE(told.epoch.value + seconds, rtc + 2);
}

SUITE(kvmclock, .contract = "msr.rst, MSR_KVM_SYSTEM_TIME_NEW",
      .needs.features = BIT(KVM_FEATURE_CLOCKSOURCE2));
