/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/migrated_vm.h"

#include "lib/test.h"
#include "x86/cpu/cpuid.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/timer.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/apf.h"
#include "x86/kvm/hypercall.h"
#include "x86/kvm/lapic.h"
#include "x86/kvm/migrated_workers.h"
#include "x86/kvm/pv_areas.h"
#include "x86/kvm/pv_eoi.h"
#include "x86/kvm/pv_msr.h"
#include "x86/kvm/pvclock.h"
#include "x86/kvm/pvclock_areas.h"
#include "x86/platform/port80.h"

#define STEAL_BEFORE (10000 * NS_PER_MS)
#define EOI_VECTOR   0x71 /* apf.h has 0x51 and 0x61, and the workers have others */
#define EOIS_LATER   12
#define HOSTS_APART_NS \
	(2000 * NS_PER_MS) /* each may have read its CMOS clock, which counts seconds, when it booted */

struct migrated_vm migrated_vm;

static u32 word ALIGNED(64);
static bool move_in_handler;

static void note_leaf(struct migrated_view *view, u32 leaf, u32 subleaf)
{
	if (view->leaf_count < MIGRATED_LEAVES_MAX)
		view->leaves[view->leaf_count++] =
			(struct migrated_leaf){leaf, subleaf, cpuid_count(leaf, subleaf)};
}

/* Of each range all leaves that it says it has, and subleaves of features. */
static void look_at_cpuid(struct migrated_view *view)
{
	const u32 firsts[] = {0, kvm_leaf.base, 0x80000000};

	view->leaf_count = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(firsts); i++) {
		u32 last = cpuid_count(firsts[i], 0).eax;

		for (u32 leaf = firsts[i]; leaf <= MAX(last, firsts[i] + 1); leaf++)
			note_leaf(view, leaf, 0);
	}
	note_leaf(view, 7, 1);
	note_leaf(view, 0xd, 1);
}

/* Work of each vCPU. */
static void look(void *argument)
{
	struct migrated_view *view = argument;
	unsigned int cpu = this_cpu()->index;
	u8 flags = READ_ONCE(pvclock_own_area()->flags);

	view->told_to_stop = flags & PVCLOCK_GUEST_STOPPED;
	view->stable = flags & PVCLOCK_TSC_STABLE_BIT;
	for (unsigned int i = 0; i < pv_msr_count; i++)
		if (pv_msr_is_usable(&pv_msrs[i]))
			view->faults[i] = rdmsr_safe(pv_msrs[i].msr, &view->msrs[i]);
	exit_to_userspace();
	view->steal_ns = READ_ONCE(pv_areas[cpu].steal.steal);
	look_at_cpuid(view);
}

static bool has_async_pf(void)
{
	return kvm_has(KVM_FEATURE_ASYNC_PF) && kvm_has(KVM_FEATURE_ASYNC_PF_INT) && kvm_emulates_lapic();
}

/*
 * Work of each vCPU. The legacy number of the clock's MSR, which the areas use, too, turns the master clock off on vCPU 0. Where
 * async page faults are on, KVM ends a HLT to tell that pages are ready, whatever the interrupt flag, and so after the migration.
 */
static void use_more(void *argument)
{
	stood_register(argument);
	if (has_async_pf() && this_cpu()->index == MIGRATED_HALTED)
		wrmsr(MSR_KVM_ASYNC_PF_EN, 0);
	if (kvm_has(KVM_FEATURE_POLL_CONTROL))
		wrmsr(MSR_KVM_POLL_CONTROL, this_cpu()->index % 2);
}

static u64 clock_ns(void)
{
	return pvclock_now(pvclock_own_area());
}

static void move(void)
{
	struct migrated_vm *m = &migrated_vm;
	u64 outer = clock_ns(), host = channel_host_monotonic_ns(), inner = clock_ns(), later;

	m->woke_before = migrated_sleeper_woke();
	channel_migrate(&m->channel);
	later = clock_ns();
	m->passed.save = m->channel.save;
	m->passed.apart_ns = HOSTS_APART_NS;
	m->passed.inner_ns = later < inner ? 0 : later - inner;
	m->backward_ns = later < inner ? inner - later : 0;
	m->passed.host_ns = channel_host_monotonic_ns() - host;
	m->passed.outer_ns = clock_ns() - outer;
}

/* vCPU 0 is in here while the VM moves. */
static bool on_interrupt(struct trap_frame *frame)
{
	struct migrated_vm *m = &migrated_vm;

	(void)frame;
	pv_eoi_look(&word);
	if (move_in_handler) {
		move_in_handler = false; /* a doubled interrupt must not ask again */
		m->in_service_before = apic_vector_bit(APIC_ISR, EOI_VECTOR);
		move();
		m->in_service_after = apic_vector_bit(APIC_ISR, EOI_VECTOR);
	}
	pv_eoi_end(&word);
	WRITE_ONCE(m->taken, m->taken + 1);
	return true;
}

static bool interrupt_self(void)
{
	unsigned int before = migrated_vm.taken;

	apic_send(apic_id(), APIC_INT_ASSERT | EOI_VECTOR);
	return timer_wait_until(READ_ONCE(migrated_vm.taken) != before, APIC_DELIVERY_MS);
}

static void prepare(void)
{
	struct migrated_vm *m = &migrated_vm;
	struct pvclock_vcpu_time_info info;

	*m = (struct migrated_vm){0};
	for (unsigned int i = 0; i < MIGRATED_CPUS; i++)
		pv_areas[i].steal = (struct kvm_steal_time){.steal = STEAL_BEFORE};
	ASSERT_TRUE(pv_areas_use(), "got an MSR that does not hold what was written, want all");
	for (unsigned int i = 0; i < MIGRATED_CPUS; i++)
		smp_call(i, use_more, NULL);
	if (has_async_pf())
		apf_enable(KVM_ASYNC_PF_SEND_ALWAYS);
	m->wake_all_before = apf_seen.wake_all_count;
	word = 0;
	trap_set_handler(EOI_VECTOR, on_interrupt);
	if (kvm_has(KVM_FEATURE_PV_EOI) && kvm_emulates_lapic())
		wrmsr(MSR_KVM_PV_EOI_EN, (u64)&word | KVM_MSR_ENABLED);
	pv_eoi_start_looking();
	info = pvclock_snapshot(pvclock_own_area());
	m->clock_khz = pvclock_khz(info.tsc_to_system_mul, info.tsc_shift);
	m->looked_apart_ns = channel_host_monotonic_ns();
	for (unsigned int i = 0; i < MIGRATED_CPUS; i++)
		smp_call(i, look, &m->before[i]);
	migrated_start_workers();
}

/* What follows at once shows whether the interrupt that was in service is ended, and blocks none after it. */
static void interrupt_again(void)
{
	struct migrated_vm *m = &migrated_vm;
	unsigned int before = m->taken;

	m->in_service_at_last = apic_vector_bit(APIC_ISR, EOI_VECTOR);
	m->want_later = EOIS_LATER;
	while (m->sent_later < EOIS_LATER && interrupt_self())
		m->sent_later++;
	m->taken_later = m->taken - before;
}

void migrated_once(void)
{
	struct migrated_vm *m = &migrated_vm;

	if (m->done)
		return;
	prepare();
	move_in_handler = true;
	ASSERT_TRUE(interrupt_self(), "got no interrupt at vector %#x within %u ms, want one", EOI_VECTOR,
		    APIC_DELIVERY_MS);
	ASSERT_TRUE(m->passed.host_ns, "got no migration in the interrupt's handler, want one");
	interrupt_again();
	migrated_end_workers();
	timer_wait_until(READ_ONCE(apf_seen.wake_all_count) > m->wake_all_before, APF_READY_MS);
	timer_spin(APF_QUIET_MS * NS_PER_MS);
	m->wake_all_after = apf_seen.wake_all_count;
	m->ready_after = apf_seen.ready_count;
	for (unsigned int i = 0; i < MIGRATED_CPUS; i++) {
		m->seen[i] = !i || smp_idle(i);
		if (m->seen[i])
			smp_call(i, look, &m->after[i]);
	}
	m->looked_apart_ns = channel_host_monotonic_ns() - m->looked_apart_ns;
	m->done = true;
}
