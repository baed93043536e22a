/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Steal time: MSR_KVM_STEAL_TIME, on one vCPU.
 *
 * Contract: bit 0 = enable, bits 63:6 = address of a struct kvm_steal_time, bits 5:1 reserved: a
 *           write with one of them raises #GP and changes nothing. While enabled, the host adds to
 *           steal the ns for which this vCPU was ready to run and did not run; time in HLT is not
 *           stolen. It makes version odd while it writes, and leaves flags and padding alone.
 *           preempted is 0 whenever the vCPU reads its own.
 * Source:   msr.rst, MSR_KVM_STEAL_TIME; arch/x86/kvm/x86.c, record_steal_time() and
 *           kvm_steal_time_set_preempted().
 * How:      the host refreshes the area when the MSR is written, and at each entry after an exit to
 *           userspace, which a write to port 0x80 causes.
 * Needs:    the feature alone.
 * Cannot show: that stolen time is counted in full, which needs a competing load
 *           (steal_time_shared_cpu.c).
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/timer.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/steal.h"
#include "x86/platform/boot_info.h"
#include "x86/platform/port80.h"

/* Above any guest's RAM: 32 TiB. It need not be within the processor's physical addresses. */
#define NOT_RAM (1ull << 45)

/* Two pages full of slots, so that an area has neighbours, and can move within its page and to another. */
#define SLOTS_IN_PAGE (PAGE_SIZE / sizeof(struct kvm_steal_time))
static struct kvm_steal_time slots[2 * SLOTS_IN_PAGE] ALIGNED(PAGE_SIZE);
static struct kvm_steal_time *const area = &slots[1];

/*
 * Enable, and wait for the first update. KVM makes it when it next enters the guest (KVM_REQ_STEAL_UPDATE). That is
 * before the next instruction, unless a host interprets several instructions of the guest between two entries.
 */
static void enable(const struct kvm_steal_time *at)
{
	u32 before = at->version;

	ASSERT_NO_FAULT(wrmsr_safe(MSR_KVM_STEAL_TIME, (u64)at | KVM_MSR_ENABLED));
	ASSERT_TRUE(timer_wait_until(READ_ONCE(at->version) != before, 1000),
		    "version: got %#x for 1000 ms after enabling, want another", before);
}

static u64 stolen_now(void)
{
	exit_to_userspace();
	return READ_ONCE(area->steal);
}

/* KVM checks KVM_STEAL_RESERVED_MASK even when bit 0 of the value is clear. [S01] */
TEST(steal_time, reserved_bits_fault_and_change_nothing)
{
	for (int bit = 1; bit <= 5; bit++) {
		EXPECT_FAULT(GP_VECTOR,
			     wrmsr_safe(MSR_KVM_STEAL_TIME, (u64)area | BIT_ULL(bit) | KVM_MSR_ENABLED));
		EXPECT_FAULT(GP_VECTOR, wrmsr_safe(MSR_KVM_STEAL_TIME, (u64)area | BIT_ULL(bit)));
		EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), 0);
	}
}

/*
 * KVM fills the area in when it next enters the guest. version has to end even, and flags is not the host's to write.
 * [S02]
 */
TEST(steal_time, enabling_fills_in_the_area)
{
	memset(area, 0, sizeof(*area));
	enable(area);
	EXPECT_GE(area->version, 2);
	EXPECT_EQ(area->version % 2, 0);
	EXPECT_EQ(area->flags, 0);
	EXPECT_EQ(area->preempted, 0);
	EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), (u64)area | KVM_MSR_ENABLED);
}

/*
 * The host goes on from the value in memory: this is how a total survives migration. The vCPU's thread cannot have
 * waited for a year since it began. [S03]
 */
TEST(steal_time, enabling_adds_to_what_the_guest_has_counted)
{
	const u64 before = 1ull << 60;
	const u64 year_ns = 365ull * 24 * 3600 * 1000 * NS_PER_MS;

	area->steal = before;
	enable(area);
	EXPECT_GE(area->steal, before);
	EXPECT_LT(area->steal, before + year_ns);
}

/*
 * KVM makes an odd version, left by an earlier use of the memory, even first: 3 becomes 4, then 5 while it writes, then
 * 6. [S04]
 */
TEST(steal_time, an_odd_version_becomes_even)
{
	area->version = 3;
	enable(area);
	EXPECT_GE(area->version, 6);
	EXPECT_EQ(area->version % 2, 0);
}

static bool has_only(const volatile void *memory, u8 byte, size_t length)
{
	const volatile u8 *bytes = memory;

	for (size_t i = 0; i < length; i++)
		if (bytes[i] != byte)
			return false;
	return true;
}

/*
 * KVM writes steal, version and one byte, preempted, in the area's first 17 bytes. The guest has to make the area zero
 * first, and flags stay 0. What becomes of other values there is the host's choice. [S05 S06]
 */
TEST(steal_time, all_but_steal_version_and_preempted_is_left_alone)
{
	memset(slots, FILLER, sizeof(slots));
	memset(area, 0, sizeof(*area));
	enable(area);
	exit_to_userspace();
	EXPECT_BYTES(&area->flags, 0, sizeof(area->flags));
	EXPECT_BYTES(area - 1, FILLER, sizeof(*area));
	EXPECT_BYTES(area + 1, FILLER, sizeof(*area));
	EXPECT_EQ(area->preempted, 0);

	memset(area, FILLER, sizeof(*area));
	enable(area);
	exit_to_userspace();
	EXPECT_EQ(area->preempted, 0);
	test_observed("what the guest left in flags and padding is %s",
		      has_only(&area->flags, FILLER, sizeof(area->flags)) &&
				      has_only(area->u8_pad, FILLER,
					       sizeof(*area) - offsetof(struct kvm_steal_time, u8_pad)) ?
			      "kept" :
			      "changed");
}

/* kvm_arch_vcpu_load() requests an update each time that userspace enters KVM_RUN. [S07 S22] */
TEST(steal_time, every_exit_to_userspace_refreshes_the_area)
{
	enable(area);
	for (int i = 0; i < 10; i++) {
		u32 before = READ_ONCE(area->version);

		exit_to_userspace();
		EXPECT_GE(READ_ONCE(area->version) - before, 2u);
		EXPECT_EQ(READ_ONCE(area->version) % 2, 0);
	}
}

/*
 * The vCPU reads its own area all the time, and may be taken off its CPU meanwhile: it must never see a trace of that.
 * 10 ms is a few timer ticks of the host. [S08 S18 S22]
 */
TEST(steal_time, its_owner_never_sees_itself_preempted_nor_the_host_writing)
{
	u64 end = timer_ns() + 10 * NS_PER_MS;
	u64 last;

	enable(area);
	last = READ_ONCE(area->steal);
	while (timer_ns() < end) {
		ASSERT_EQ(READ_ONCE(area->preempted), 0);
		ASSERT_EQ(READ_ONCE(area->version) % 2, 0);
		ASSERT_GE(READ_ONCE(area->steal), last);
		last = READ_ONCE(area->steal);
	}
}

/*
 * Time in which the vCPU runs is not stolen: steal grows by no more than the gaps that it sees itself. Waits that are too
 * short for a gap are at most a tenth of the time, in half of the rounds. [S08 S23]
 */
TEST(steal_time, no_more_is_stolen_than_time_goes_by)
{
	const u64 spin_ns = 10 * NS_PER_MS;
	u64 percent[5];

	enable(area);
	for (unsigned int i = 0; i < ARRAY_SIZE(percent); i++) {
		struct steal_spin spin;

		steal_spin(area, spin_ns, &spin, NULL);
		percent[i] = spin.stolen_ns * 100 / (spin.gaps_ns + spin_ns / 10);
	}
	steal_sort(percent, ARRAY_SIZE(percent));
	EXPECT_LE(percent[ARRAY_SIZE(percent) / 2], 110);
}

/*
 * The time that passes and is not stolen is at least the time in HLT. A vCPU that is kept from running on its way to
 * HLT, or while the host polls in it, does lose time, but not on all of ten occasions. [S09]
 */
TEST(steal_time, time_in_hlt_is_not_stolen)
{
	const u64 idle_ns = 10 * NS_PER_MS;
	u64 not_stolen = 0;

	enable(area);
	for (int i = 0; i < 10 && not_stolen < idle_ns / 2; i++) {
		u64 start = timer_ns(), before = stolen_now(), stolen, elapsed;

		timer_sleep(idle_ns);
		stolen = stolen_now() - before;
		elapsed = timer_ns() - start;
		not_stolen = elapsed > stolen ? elapsed - stolen : 0;
	}
	EXPECT_GE(not_stolen, idle_ns / 2);
}

/*
 * KVM caches the area's address, and must not write there once bit 0 is clear: the guest may have given the memory
 * another use. [S11]
 */
TEST(steal_time, once_disabled_the_area_is_never_written_again)
{
	enable(area);
	wrmsr(MSR_KVM_STEAL_TIME, (u64)area);
	EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), (u64)area);
	memset(area, FILLER, sizeof(*area));
	exit_to_userspace();
	timer_sleep(NS_PER_MS);
	exit_to_userspace();
	EXPECT_BYTES(area, FILLER, sizeof(*area));
}

/* KVM's cache of the address has to follow the MSR; in 5.10 and 5.15 it did not before 2022. [S13] */
TEST(steal_time, a_new_address_takes_over_from_the_old_one)
{
	static struct kvm_steal_time *const places[] = {&slots[1], &slots[7], &slots[SLOTS_IN_PAGE + 3],
							&slots[2]};

	memset(slots, 0, sizeof(slots));
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		enable(places[i]);
		for (unsigned int other = 0; other < i; other++)
			memset(places[other], FILLER, sizeof(*area));
		exit_to_userspace();
		for (unsigned int other = 0; other < i; other++)
			EXPECT_BYTES(places[other], FILLER, sizeof(*area));
	}
}

/*
 * msr.rst wants the area in RAM. Since Linux 5.6 KVM looks the address up when it writes, and drops the update if there
 * is no memory; before, the MSR refuses it. [S14]
 */
TEST(steal_time, an_address_outside_of_ram_is_taken_and_ignored)
{
	fault_t fault;

	ASSERT_TRUE(!boot_is_ram(NOT_RAM, sizeof(*area)), "cannot test: got RAM at 32 TiB, want none");
	fault = wrmsr_safe(MSR_KVM_STEAL_TIME, NOT_RAM | KVM_MSR_ENABLED);
	ASSERT_TRUE(!fault || fault == FAULT(GP_VECTOR, 0), "got %s, want no fault or #GP(0)",
		    fault_text(fault));
	exit_to_userspace();
	EXPECT_EQ(rdmsr(MSR_KVM_STEAL_TIME), fault ? 0 : NOT_RAM | KVM_MSR_ENABLED);
	test_observed("an address outside of RAM %s", fault ? "faults" : "is taken");
	enable(area);
}

SUITE(steal_time, .contract = "msr.rst, MSR_KVM_STEAL_TIME", .needs.features = BIT(KVM_FEATURE_STEAL_TIME),
      .needs.conditions = NEED_NO_XEN);
