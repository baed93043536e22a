/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts to many vCPUs by one hypercall, KVM_HC_SEND_IPI: what it sends.
 *
 * Contract: argument 3 has the format of the lower half of the APIC's ICR: vector, delivery mode,
 *           level and trigger mode; with a logical destination or a shorthand the result is
 *           -KVM_EINVAL. vCPUs that do not accept the interrupt, such as those whose APIC is
 *           disabled, do not count.
 * Source:   hypercalls.rst, KVM_HC_SEND_IPI; arch/x86/kvm/lapic.c, kvm_pv_send_ipi() and
 *           __apic_accept_irq().
 * How:      by interrupting one vCPU at a time in each way.
 * Needs:    the feature; a local APIC in the kernel.
 * Cannot show: SMI, which the firmware would have to handle.
 */
#include "lib/string.h"
#include "lib/test.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/processor.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/kvm_para.h"
#include "x86/kvm/needs.h"
#include "x86/kvm/told.h"
#include "x86/platform/port80.h"

#define VECTOR		       0x51
#define APIC_DM_RESERVED       0x300
#define APIC_DM_EXTINT	       0x700
#define APIC_DEST_ALL	       0x80000
#define APIC_DEST_ALL_BUT_SELF 0xc0000

static unsigned int taken;

static bool on_interrupt(struct trap_frame *frame)
{
	__atomic_add_fetch(&taken, 1, __ATOMIC_SEQ_CST);
	if (frame->vector != NMI_VECTOR)
		apic_eoi();
	return true;
}

static void count_from_zero(void)
{
	taken = 0;
	trap_set_handler(VECTOR, on_interrupt);
	trap_set_handler(NMI_VECTOR, on_interrupt);
}

static s64 send_to(unsigned int index, u32 icr)
{
	return hypercall(KVM_HC_SEND_IPI, 1, 0, smp_cpu(index)->apic_id, icr);
}

/* One interrupt, and no more until this vCPU has made one exit. */
static void expect_taken_once(void)
{
	EXPECT_TRUE(timer_wait_until(READ_ONCE(taken), APIC_DELIVERY_MS),
		    "got no interrupt within %u ms, want one", APIC_DELIVERY_MS);
	exit_to_userspace();
	EXPECT_LE(READ_ONCE(taken), told_interrupts_max(1));
}

/*
 * The bitmap names physical APIC IDs. KVM refuses an ICR that names a destination of its own, and must do so before it
 * sends anything. [I09]
 */
TEST(pv_ipi_icr, logical_destinations_and_shorthands_are_refused)
{
	const u32 refused[] = {APIC_DEST_LOGICAL, APIC_DEST_SELF, APIC_DEST_ALL, APIC_DEST_ALL_BUT_SELF};

	count_from_zero();
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(send_to(0, VECTOR | refused[i]), -KVM_EINVAL);
	EXPECT_EQ(READ_ONCE(taken), 0);
}

/* A level-triggered interrupt without ASSERT is a level's end: nothing is delivered. With ASSERT it is delivered. [I18] */
TEST(pv_ipi_icr, assert_matters_for_the_level_trigger_alone)
{
	count_from_zero();
	EXPECT_EQ(send_to(0, VECTOR | APIC_INT_LEVELTRIG), 0);
	EXPECT_EQ(READ_ONCE(taken), 0);
	EXPECT_EQ(send_to(0, VECTOR), 1);
	expect_taken_once();

	count_from_zero();
	EXPECT_EQ(send_to(0, VECTOR | APIC_INT_ASSERT), 1);
	expect_taken_once();

	count_from_zero();
	EXPECT_EQ(send_to(0, VECTOR | APIC_INT_LEVELTRIG | APIC_INT_ASSERT), 1);
	expect_taken_once();
}

/*
 * ExtINT comes from a PIC and never from a vCPU. KVM uses the reserved mode internally for a kick, and returns a result
 * for it. Neither is documented, so a host may refuse them or not; but neither is an interrupt, or keeps the next one
 * away. [I09]
 */
TEST(pv_ipi_icr, modes_that_nobody_may_send_interrupt_nobody)
{
	const u32 modes[] = {APIC_DM_RESERVED, APIC_DM_EXTINT};

	count_from_zero();
	for (unsigned int i = 0; i < ARRAY_SIZE(modes); i++) {
		s64 result = send_to(0, VECTOR | modes[i]);

		EXPECT_TRUE(result == 0 || result == 1 || result == -KVM_EINVAL,
			    "delivery mode %#x: got %ld, want 0, 1 or %d", modes[i], (long)result,
			    -KVM_EINVAL);
		test_observed("%s returns %ld", modes[i] == APIC_DM_EXTINT ? "ExtINT" : "the reserved mode",
			      (long)result);
	}
	exit_to_userspace();
	EXPECT_EQ(READ_ONCE(taken), 0);
	EXPECT_EQ(send_to(0, VECTOR), 1);
	expect_taken_once();
}

/* Interrupts are off until all three are sent. The APIC makes one of them, but KVM counts each as delivered. [I19] */
TEST(pv_ipi_icr, interrupts_that_fall_together_still_count)
{
	count_from_zero();
	irq_disable();
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(send_to(0, VECTOR), 1);
	EXPECT_EQ(READ_ONCE(taken), 0);
	irq_enable();
	expect_taken_once();
}

/* With one vCPU, NMIs are the kernel's own watchdog. [I10] */
TEST(pv_ipi_icr, an_nmi_arrives, .needs.cpus = 2)
{
	count_from_zero();
	EXPECT_EQ(send_to(0, APIC_DM_NMI), 1);
	expect_taken_once();
}

static bool apic_disabled, go;

static void disable_apic_until_told(void *argument)
{
	(void)argument;
	apic_write(APIC_SPIV, SPURIOUS_VECTOR);
	WRITE_ONCE(apic_disabled, true);
	while (!READ_ONCE(go))
		pause();
}

/* A disabled APIC accepts no interrupts, but it does accept NMIs. [I12] */
TEST(pv_ipi_icr, a_vcpu_whose_apic_is_disabled_does_not_count, .needs.cpus = 2)
{
	apic_disabled = go = false;
	count_from_zero();
	smp_post(1, disable_apic_until_told, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apic_disabled), APIC_DELIVERY_MS),
		    "got no start of vCPU 1's work within %u ms, want one", APIC_DELIVERY_MS);
	EXPECT_EQ(send_to(1, VECTOR), 0);
	EXPECT_EQ(READ_ONCE(taken), 0);
	EXPECT_EQ(send_to(1, APIC_DM_NMI), 1);
	expect_taken_once();
	WRITE_ONCE(go, true);
	smp_wait(1);
}

/* No timer and no NMI can end this while the APIC is disabled, so the loop has an end of its own. */
static void disable_apic_by_msr_until_told(void *argument)
{
	u64 base = rdmsr(MSR_IA32_APIC_BASE);

	(void)argument;
	timer_watchdog_stop();
	wrmsr(MSR_IA32_APIC_BASE, base & ~(APIC_BASE_ENABLE | APIC_BASE_X2APIC));
	WRITE_ONCE(apic_disabled, true);
	timer_wait_until(READ_ONCE(go), 3 * APIC_DELIVERY_MS);
	apic_init();
	timer_cpu_init();
}

/*
 * A local APIC that is disabled in IA32_APIC_BASE does not exist for others: it takes no NMIs either, and
 * kvm_recalculate_apic_map() leaves it out of the table. [I23]
 */
TEST(pv_ipi_icr, a_vcpu_without_apic_does_not_count, .needs.cpus = 2)
{
	apic_disabled = go = false;
	count_from_zero();
	smp_post(1, disable_apic_by_msr_until_told, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(apic_disabled), APIC_DELIVERY_MS),
		    "got no start of vCPU 1's work within %u ms, want one", APIC_DELIVERY_MS);
	EXPECT_EQ(send_to(1, VECTOR), 0);
	EXPECT_EQ(send_to(1, APIC_DM_NMI), 0);
	timer_spin(NS_PER_MS);
	EXPECT_EQ(READ_ONCE(taken), 0);
	EXPECT_EQ(send_to(0, VECTOR), 1);
	expect_taken_once();
	WRITE_ONCE(go, true);
	smp_wait(1);
}

/*
 * INIT leaves the local APIC disabled by software, until the code that STARTUP starts enables it. KVM's INIT takes effect
 * when the vCPU's thread sees it, and interrupts before that count. What is sent afterwards must not be kept for
 * later. [I24]
 */
TEST(pv_ipi_icr, a_vcpu_that_waits_for_startup_does_not_count, .needs.cpus = 2)
{
	unsigned int before;

	count_from_zero();
	smp_send_init(1);
	EXPECT_TRUE(timer_wait_until(!send_to(1, VECTOR), APIC_DELIVERY_MS),
		    "got vCPU 1 counted %u ms after INIT, want a result of 0", APIC_DELIVERY_MS);
	before = READ_ONCE(taken);
	EXPECT_EQ(send_to(1, VECTOR), 0);
	ASSERT_TRUE(smp_startup(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	timer_spin(NS_PER_MS);
	EXPECT_EQ(READ_ONCE(taken), before);
}

static unsigned int steps;

static void count_until_told(void *argument)
{
	(void)argument;
	while (!READ_ONCE(go))
		WRITE_ONCE(steps, steps + 1);
}

static bool stands_still(void)
{
	unsigned int before = READ_ONCE(steps);

	timer_spin(2 * NS_PER_MS);
	return READ_ONCE(steps) == before;
}

/* A vCPU may also stand still for a moment because it is off its CPU, so it has to do so twice. [I11] */
TEST(pv_ipi_icr, an_init_stops_the_vcpu, .needs.cpus = 2)
{
	steps = 0;
	go = false;
	smp_post(1, count_until_told, NULL);
	ASSERT_TRUE(timer_wait_until(READ_ONCE(steps), APIC_DELIVERY_MS),
		    "got no start of vCPU 1's work within %u ms, want one", APIC_DELIVERY_MS);
	EXPECT_EQ(send_to(1, APIC_DM_INIT | APIC_INT_ASSERT), 1);
	EXPECT_TRUE(timer_wait_until(stands_still() && stands_still(), APIC_DELIVERY_MS),
		    "got vCPU 1 still running %u ms after INIT, want it stopped", APIC_DELIVERY_MS);
	WRITE_ONCE(go, true);
	ASSERT_TRUE(smp_startup(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
	smp_wait(1);
}

/* Free RAM below 1 MiB, where a vCPU can begin: with the page's number in CS, and IP = 0. */
#define REAL_MODE_PAGE (TRAMPOLINE_ADDRESS + PAGE_SIZE)

__asm__(".pushsection .rodata\n"
	".code16\n"
	"say_started:\n"
	"	movb $1, %cs:0xffc\n"
	"1:	hlt\n"
	"	jmp 1b\n"
	"say_started_end:\n"
	".code64\n"
	".popsection\n");
extern const u8 say_started[], say_started_end[];

/*
 * STARTUP is sent twice, as the MultiProcessor Specification says: KVM may drop the first while it still handles INIT.
 * [I11]
 */
TEST(pv_ipi_icr, a_startup_starts_the_vcpu, .needs.cpus = 2)
{
	const u8 *started = (u8 *)(REAL_MODE_PAGE + 0xffcull);

	memcpy((void *)REAL_MODE_PAGE, say_started, (size_t)(say_started_end - say_started));
	memset((void *)started, 0, sizeof(*started));
	EXPECT_EQ(send_to(1, APIC_DM_INIT | APIC_INT_ASSERT), 1);
	for (int i = 0; i < 2 && !READ_ONCE(*started); i++) {
		EXPECT_EQ(send_to(1, APIC_DM_STARTUP | APIC_INT_ASSERT | REAL_MODE_PAGE / PAGE_SIZE), 1);
		timer_wait_until(READ_ONCE(*started), APIC_DELIVERY_MS / 2);
	}
	EXPECT_EQ(READ_ONCE(*started), 1);
	ASSERT_TRUE(smp_reinit(1), "got vCPU 1 stopped after INIT and STARTUP, want it running");
}

SUITE(pv_ipi_icr, .contract = "hypercalls.rst, KVM_HC_SEND_IPI",
      .needs.features = BIT(KVM_FEATURE_PV_SEND_IPI),
      .needs.conditions = NEED_HYPERCALLS | NEED_KERNEL_LAPIC);
