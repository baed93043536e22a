/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts to many vCPUs by one hypercall, KVM_HC_SEND_IPI: which vCPUs it reaches.
 *
 * Contract: arguments 0 and 1 are a bitmap of up to 128 APIC IDs (64 from 32-bit code), whose first
 *           bit stands for the ID in argument 2. The result is the number of vCPUs to which the
 *           interrupt was delivered; IDs without a vCPU do not count.
 * Source:   hypercalls.rst, KVM_HC_SEND_IPI; arch/x86/kvm/lapic.c, kvm_pv_send_ipi().
 * How:      every vCPU counts the interrupts that it takes. The result must agree with that.
 * Needs:    the feature; a local APIC in the kernel.
 * Cannot show: that it saves exits.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/cpu.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"
#include "x86/platform/port80.h"

#define VECTOR	   0x51
#define IDS_A_CALL 128

static unsigned int taken[SMP_CPUS_MAX];

static bool on_interrupt(struct trap_frame *frame)
{
	(void)frame;
	__atomic_add_fetch(&taken[this_cpu()->index], 1, __ATOMIC_SEQ_CST);
	apic_eoi();
	return true;
}

static unsigned int taken_by_all_but(unsigned int index)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		sum += i == index ? 0 : READ_ONCE(taken[i]);
	return sum;
}

static unsigned int taken_by_all(void)
{
	return taken_by_all_but(SMP_CPUS_MAX);
}

static unsigned int cpus_that_took_any(void)
{
	unsigned int cpus = 0;

	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		cpus += READ_ONCE(taken[i]) != 0;
	return cpus;
}

static void count_from_zero(void)
{
	memset(taken, 0, sizeof(taken));
	trap_set_handler(VECTOR, on_interrupt);
}

static s64 send_ipi(u64 low, u64 high, u32 min, u32 icr)
{
	return hypercall(KVM_HC_SEND_IPI, low, high, min, icr);
}

static u32 id_of(unsigned int index)
{
	return smp_cpu(index)->apic_id;
}

/* SMP_CPUS_MAX for an ID that no vCPU has. */
static unsigned int index_of(u32 id)
{
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		if (id_of(i) == id)
			return i;
	return SMP_CPUS_MAX;
}

static u32 max_id(void)
{
	u32 id = 0;

	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		id = MAX(id, id_of(i));
	return id;
}

/* How many vCPUs have an ID in [min, min + count). */
static unsigned int cpus_with_ids(u64 min, u64 count)
{
	unsigned int cpus = 0;

	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		cpus += id_of(i) >= min && id_of(i) < min + count;
	return cpus;
}

/* All vCPUs together take no more, until this vCPU has made one exit. */
static void expect_no_more_than(unsigned int count)
{
	exit_to_userspace();
	EXPECT_LE(taken_by_all(), told_interrupts_max(count));
}

/*
 * As many vCPUs as the host returned take one interrupt each. A sum would not do: with one that an emulator doubles it is
 * complete while another is still on its way.
 */
static void expect_taken(s64 count)
{
	EXPECT_TRUE(timer_wait_until(cpus_that_took_any() >= count, APIC_DELIVERY_MS),
		    "%u vCPUs got an interrupt within %u ms, want %ld", cpus_that_took_any(),
		    APIC_DELIVERY_MS, (long)count);
	expect_no_more_than((unsigned int)count);
}

/* KVM looks each APIC ID up in the VM's table of local APICs, and does not leave the sender out. [I01] */
TEST(pv_ipi, one_bit_reaches_the_sender_itself)
{
	count_from_zero();
	EXPECT_EQ(send_ipi(1, 0, id_of(0), VECTOR), 1);
	expect_taken(1);
}

/* As many calls as the APIC IDs make necessary. */
static void send_to_all_and_check(void)
{
	s64 count = 0;

	count_from_zero();
	for (u32 min = 0; min <= max_id(); min += IDS_A_CALL) {
		u64 bits[2] = {0};

		for (unsigned int i = 0; i < smp_cpus_online(); i++)
			if (id_of(i) >= min && id_of(i) - min < IDS_A_CALL)
				bits[(id_of(i) - min) / 64] |= BIT_ULL((id_of(i) - min) % 64);
		count += send_ipi(bits[0], bits[1], min, VECTOR);
	}
	EXPECT_EQ(count, smp_cpus_online());
	expect_taken(count);
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		EXPECT_TRUE(timer_wait_until(READ_ONCE(taken[i]), APIC_DELIVERY_MS),
			    "vCPU %u got no interrupt within %u ms, want one", i, APIC_DELIVERY_MS);
}

/* The table has each vCPU once, whatever its APIC ID is. [I02 I15 I16] */
TEST(pv_ipi, a_bitmap_of_all_reaches_each_vcpu)
{
	send_to_all_and_check();
}

/*
 * Bit n stands for the APIC ID min + n. An error by one would interrupt a neighbour and return the right count. [I03]
 */
TEST(pv_ipi, one_bit_reaches_nobody_else, .needs.cpus = 2)
{
	count_from_zero();
	EXPECT_EQ(send_ipi(1, 0, id_of(1), VECTOR), 1);
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken[1]), APIC_DELIVERY_MS),
		    "vCPU 1 got no interrupt within %u ms, want one", APIC_DELIVERY_MS);
	EXPECT_EQ(taken_by_all_but(1), 0);
}

/* The result is the count of vCPUs, so 0 is no error. [I04] */
TEST(pv_ipi, an_empty_bitmap_reaches_nobody)
{
	count_from_zero();
	EXPECT_EQ(send_ipi(0, 0, id_of(0), VECTOR), 0);
	EXPECT_EQ(taken_by_all(), 0);
}

/* In 2018 KVM read beyond the end of its table for such bits. [I05] */
TEST(pv_ipi, bits_without_a_vcpu_do_not_count)
{
	unsigned int cpus = cpus_with_ids(0, IDS_A_CALL);

	count_from_zero();
	EXPECT_EQ(send_ipi(~0ull, ~0ull, 0, VECTOR), cpus);
	expect_taken(cpus);
}

/* KVM has to compare the lowest ID with the end of its table before it looks anything up there. [I06] */
TEST(pv_ipi, a_lowest_id_beyond_the_last_vcpu_reaches_nobody)
{
	const u32 beyond[] = {max_id() + 1, 0x10000, 0x7fffffff, 0xffffff00};

	count_from_zero();
	for (unsigned int i = 0; i < ARRAY_SIZE(beyond); i++)
		EXPECT_EQ(send_ipi(~0ull, ~0ull, beyond[i], VECTOR), 0);
	EXPECT_EQ(taken_by_all(), 0);
}

/* First and last bit of either half of the bitmap. */
static const unsigned int edges[] = {0, 63, 64, 127};
#define EDGE_BITS (BIT_ULL(0) | BIT_ULL(63))

/*
 * Send to the four IDs at the edges of the window that begins at min, and wait until the vCPUs with these IDs have
 * taken the interrupt. Returns how many there are.
 */
static unsigned int send_to_edges(u32 min)
{
	unsigned int before[ARRAY_SIZE(edges)], cpus = 0;

	for (unsigned int edge = 0; edge < ARRAY_SIZE(edges); edge++) {
		unsigned int index = index_of(min + edges[edge]);

		before[edge] = index < SMP_CPUS_MAX ? READ_ONCE(taken[index]) : 0;
		cpus += index < SMP_CPUS_MAX;
	}
	EXPECT_EQ(send_ipi(EDGE_BITS, EDGE_BITS, min, VECTOR), cpus);
	for (unsigned int edge = 0; edge < ARRAY_SIZE(edges); edge++) {
		unsigned int index = index_of(min + edges[edge]);

		ASSERT_TRUE(index >= SMP_CPUS_MAX || timer_wait_until(READ_ONCE(taken[index]) != before[edge],
								      APIC_DELIVERY_MS),
			    "APIC ID %u got no interrupt from a window that begins at %u, want one",
			    min + edges[edge], min);
	}
	return cpus;
}

/* Each vCPU in turn is at each edge of a window; which others are in that window depends on their IDs. [I03 I15 I16] */
TEST(pv_ipi, windows_reach_who_is_at_their_edges, .budget_ms = 20000)
{
	unsigned int sent = 0;

	count_from_zero();
	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		for (unsigned int edge = 0; edge < ARRAY_SIZE(edges); edge++)
			if (edges[edge] <= id_of(i)) /* else see ids_that_wrap_around_are_counted_right */
				sent += send_to_edges(id_of(i) - edges[edge]);
	expect_no_more_than(sent);
}

static void send_from_here(void *argument)
{
	const struct cpu *cpu = this_cpu();
	unsigned int sent = 0;

	(void)argument;
	count_from_zero();
	EXPECT_EQ(send_ipi(1, 0, cpu->apic_id, VECTOR), 1);
	expect_taken(1);
	EXPECT_EQ(taken_by_all_but(cpu->index), 0);
	send_to_all_and_check();
	count_from_zero();
	for (unsigned int edge = 0; edge < ARRAY_SIZE(edges); edge++)
		if (edges[edge] <= cpu->apic_id)
			sent += send_to_edges(cpu->apic_id - edges[edge]);
	expect_no_more_than(sent);
}

/*
 * KVM does not ask which vCPU sends. Guests send from all, and their boot CPU is only one of them. The last one is also at
 * the end of KVM's table. [I21]
 */
TEST(pv_ipi, the_last_vcpu_reaches_the_same_as_the_first, .needs.cpus = 2)
{
	smp_call(smp_cpus_online() - 1, send_from_here, NULL);
}

/*
 * Argument 2 has 32 bits. If the second half of the bitmap begins beyond them, KVM goes on from 0. That is not
 * documented, so a host may do it or not, but must not miscount. [I07 I08]
 */
TEST(pv_ipi, ids_that_wrap_around_are_counted_right)
{
	const u32 first_half_below_0 = (u32)-64;
	s64 count;

	count_from_zero();
	count = send_ipi(~0ull, ~0ull, 0xffffffff, VECTOR);
	EXPECT_GE(count, 0);
	EXPECT_LE(count, cpus_with_ids(63, 64));
	expect_taken(count);

	count_from_zero();
	count = send_ipi(~0ull, 1, first_half_below_0, VECTOR);
	EXPECT_GE(count, 0);
	EXPECT_LE(count, cpus_with_ids(0, 1));
	expect_taken(count);
	if (count)
		EXPECT_EQ(taken_by_all_but(index_of(0)), 0);
	test_observed("IDs beyond 32 bits %s", count ? "wrap around" : "are nobody's");
}

/* An interrupt for the first bit of the second half, 32 above min, and for nobody else. Returns what the host returned. */
static s64 send_to_second_half_from_32_bit(u32 min)
{
	s64 count;

	count_from_zero();
	count = hypercall_from_32bit(KVM_HC_SEND_IPI, 0, 1, min, VECTOR);
	EXPECT_GE(count, 0);
	EXPECT_LE(count, cpus_with_ids((u32)(min + 32), 1));
	expect_taken(count);
	EXPECT_EQ(taken_by_all_but(index_of(min + 32)), 0);
	return count;
}

/*
 * From 32-bit code each half of the bitmap has 32 bits, so the second half's first bit is 32 above the first half's. For
 * a sender whose ID is less than 32 the first half would begin below 0: whether that wraps around is the host's choice.
 * [I14]
 */
TEST(pv_ipi, from_32_bit_code_the_halves_have_32_bits)
{
	const unsigned int ends[] = {0, smp_cpus_online() - 1};
	u32 high = max_id();
	s64 count = send_to_second_half_from_32_bit(high - 32);

	if (high >= 32)
		EXPECT_EQ(count, 1);
	send_to_second_half_from_32_bit(high - 33);
	send_to_second_half_from_32_bit(high - 31);

	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		count_from_zero();
		EXPECT_EQ(hypercall_from_32bit(KVM_HC_SEND_IPI, 1, 0, id_of(ends[i]), VECTOR), 1);
		expect_taken(1);
		EXPECT_EQ(taken_by_all_but(ends[i]), 0);
	}

	count_from_zero();
	EXPECT_EQ(hypercall_from_32bit(KVM_HC_SEND_IPI, ~0u, ~0u, 0, VECTOR), cpus_with_ids(0, 64));
	expect_taken(cpus_with_ids(0, 64));
}

SUITE(pv_ipi, .contract = "hypercalls.rst, KVM_HC_SEND_IPI", .needs.features = BIT(KVM_FEATURE_PV_SEND_IPI),
      .needs.conditions = NEED_HYPERCALLS | NEED_KERNEL_LAPIC);
