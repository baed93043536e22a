/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts to many vCPUs by one hypercall, KVM_HC_SEND_IPI: several vCPUs send at the same time.
 *
 * Contract: each call delivers its own vector to each vCPU in its bitmap, whatever other vCPUs send meanwhile, and
 *           whether a target is about to send, or has interrupts off.
 * Source:   hypercalls.rst, KVM_HC_SEND_IPI; arch/x86/kvm/lapic.c, kvm_pv_send_ipi(), which takes no lock.
 * How:      rounds: each sender sends its own vector to all vCPUs once, and every vCPU has to take each vector once before
 *           the next round, so that no two interrupts with the same vector can become one. The suite begins in
 *           pv_ipi.c.
 * Needs:    the feature; a local APIC in the kernel; two vCPUs.
 * Cannot show: that the calls really overlap, which the host's scheduler decides.
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
#include "x86/kvm/told.h"

#define FIRST_VECTOR 0x60
#define SENDERS_MAX  8u
#define IDS_A_CALL   64
/* A round takes milliseconds where vCPUs share CPUs, so the time for all is bounded, too. */
#define ROUNDS	  50u
#define ROUNDS_MS 500
/* Several senders that wait for each other, each of which may be off its CPU for 100 ms, several times in a row. */
#define DELIVERY_MS 5000
/* In each second round senders keep interrupts off for so long after they have sent. */
#define OFF_NS 50000

static unsigned int taken[SENDERS_MAX][SMP_CPUS_MAX];
static unsigned int senders;
static unsigned int round; /* senders send once for each number */
static unsigned int sent[SENDERS_MAX]; /* the last round in which this one has sent */
static bool over;

static bool on_interrupt(struct trap_frame *frame)
{
	__atomic_add_fetch(&taken[frame->vector - FIRST_VECTOR][this_cpu()->index], 1, __ATOMIC_SEQ_CST);
	apic_eoi();
	return true;
}

static s64 send_to_all(unsigned int sender)
{
	s64 count = 0;
	u32 max_id = 0;

	for (unsigned int i = 0; i < smp_cpus_online(); i++)
		max_id = MAX(max_id, smp_cpu(i)->apic_id);
	for (u32 min = 0; min <= max_id; min += IDS_A_CALL)
		count += hypercall(KVM_HC_SEND_IPI, ~0ull, 0, min, FIRST_VECTOR + sender);
	return count;
}

static void send_in_round(unsigned int sender, unsigned int number)
{
	if (number % 2)
		irq_disable();
	EXPECT_EQ(send_to_all(sender), smp_cpus_online());
	if (number % 2)
		timer_spin(OFF_NS);
	irq_enable();
	WRITE_ONCE(sent[sender], number);
}

static void send_when_told(void *argument)
{
	unsigned int sender = (unsigned int)(u64)argument;

	while (!READ_ONCE(over))
		if (READ_ONCE(round) != sent[sender])
			send_in_round(sender, READ_ONCE(round));
		else
			pause();
}

/* The boot CPU, the last vCPU, and others between them. */
static unsigned int index_of_sender(unsigned int sender)
{
	return sender * (smp_cpus_online() - 1) / (senders - 1);
}

static bool all_took_it(unsigned int number)
{
	for (unsigned int sender = 0; sender < senders; sender++) {
		if (READ_ONCE(sent[sender]) != number)
			return false;
		for (unsigned int i = 0; i < smp_cpus_online(); i++)
			if (READ_ONCE(taken[sender][i]) < number)
				return false;
	}
	return true;
}

static void report_missing(void)
{
	for (unsigned int sender = 0; sender < senders; sender++) {
		EXPECT_EQ(READ_ONCE(sent[sender]), round);
		for (unsigned int i = 0; i < smp_cpus_online(); i++)
			EXPECT_TRUE(
				READ_ONCE(taken[sender][i]) >= round,
				"vCPU %u got %u interrupts from sender %u in %u rounds of %u senders, want %u",
				i, taken[sender][i], index_of_sender(sender), round, senders, round);
	}
}

/*
 * kvm_pv_send_ipi() reads a table that all vCPUs share, and takes no lock. A host that kept anything of one call where
 * another call finds it would send the wrong vector, or to the wrong vCPU. [I22]
 */
TEST(pv_ipi, several_senders_at_a_time_lose_nothing, .needs.cpus = 2, .budget_ms = 20000)
{
	u64 end;
	bool complete = true;

	memset(taken, 0, sizeof(taken));
	memset(sent, 0, sizeof(sent));
	round = 0;
	over = false;
	senders = MIN(SENDERS_MAX, smp_cpus_online());
	for (unsigned int sender = 0; sender < senders; sender++)
		trap_set_handler((u8)(FIRST_VECTOR + sender), on_interrupt);
	for (unsigned int sender = 1; sender < senders; sender++)
		smp_post(index_of_sender(sender), send_when_told, (void *)(u64)sender);

	end = timer_ns() + ROUNDS_MS * NS_PER_MS;
	while (complete && round < ROUNDS && timer_ns() < end) {
		WRITE_ONCE(round, round + 1);
		send_in_round(0, round);
		complete = timer_wait_until(all_took_it(round), DELIVERY_MS);
	}
	WRITE_ONCE(over, true);
	for (unsigned int sender = 1; sender < senders; sender++)
		smp_wait(index_of_sender(sender));
	report_missing();
	for (unsigned int sender = 0; sender < senders; sender++) {
		unsigned int sum = 0;

		for (unsigned int i = 0; i < smp_cpus_online(); i++)
			sum += taken[sender][i];
		EXPECT_LE(sum, told_interrupts_max(round * smp_cpus_online()));
	}
}
