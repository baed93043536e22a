/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/kvm/vm_reset.h"

#include "lib/ktap_writer.h"
#include "lib/string.h"
#include "x86/cpu/apic.h"
#include "x86/cpu/msr.h"
#include "x86/cpu/smp.h"
#include "x86/cpu/trap.h"
#include "x86/kvm/pv_msr.h"
#include "x86/platform/channel.h"
#include "x86/platform/power.h"

#define READY_VECTOR FIRST_TEST_VECTOR

enum way { WAY_NONE, WAY_RUNNER, WAY_GUEST };

static const struct {
	const char *word;
	enum power_reset_way way;
} guest_ways[] = {
	{"port", POWER_RESET_PORT},
	{"keyboard", POWER_RESET_KEYBOARD},
	{"triple-fault", POWER_RESET_TRIPLE_FAULT},
};

struct vm_reset_areas vm_reset_areas[VM_RESET_CPUS];

static enum way wanted;
static enum power_reset_way guest_way;
static bool was_reset;

bool vm_reset_parse(const char *way)
{
	if (!strcmp(way, "runner")) {
		wanted = WAY_RUNNER;
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(guest_ways); i++) {
		if (strcmp(way, guest_ways[i].word))
			continue;
		wanted = WAY_GUEST;
		guest_way = guest_ways[i].way;
		return true;
	}
	return false;
}

static bool ignore_ready(struct trap_frame *frame)
{
	(void)frame;
	apic_eoi();
	return true;
}

/* What the vCPU's MSR holds while the VM is reset. */
static u64 value_of(u32 msr, const struct vm_reset_areas *areas)
{
	switch (msr) {
	case MSR_KVM_WALL_CLOCK:
	case MSR_KVM_WALL_CLOCK_NEW:
		return (u64)&areas->wall;
	case MSR_KVM_SYSTEM_TIME:
	case MSR_KVM_SYSTEM_TIME_NEW:
		return (u64)&areas->clock | KVM_MSR_ENABLED;
	case MSR_KVM_STEAL_TIME:
		return (u64)&areas->steal | KVM_MSR_ENABLED;
	case MSR_KVM_ASYNC_PF_INT:
		return READY_VECTOR;
	case MSR_KVM_ASYNC_PF_EN:
		return (u64)&areas->async_pf | KVM_ASYNC_PF_ENABLED | KVM_ASYNC_PF_DELIVERY_AS_INT;
	case MSR_KVM_PV_EOI_EN:
		return (u64)&areas->eoi | KVM_MSR_ENABLED;
	default: /* poll control, which is 1 at power-on; and MSR_KVM_ASYNC_PF_ACK */
		return 0;
	}
}

static bool use(const struct pv_msr *row, const struct vm_reset_areas *areas)
{
	u64 value = value_of(row->msr, areas), held;

	return !pv_msr_is_usable(row) ||
	       (!wrmsr_safe(row->msr, value) && !rdmsr_safe(row->msr, &held) && held == value);
}

/* The vector first, without which KVM has nothing to send. */
static void use_all(void *argument)
{
	const struct vm_reset_areas *areas = &vm_reset_areas[this_cpu()->index];
	bool *used = argument;

	*used = use(pv_msr_find(MSR_KVM_ASYNC_PF_INT), areas);
	for (const struct pv_msr *row = pv_msrs; row < pv_msrs + pv_msr_count; row++)
		*used = use(row, areas) && *used;
}

/* The first boot ends without a report, which is an error of the run. */
_Noreturn static void give_up(const char *why)
{
	ktap_note("error: reset=: %s", why);
	power_off(POWER_OFF_GAVE_UP);
}

void vm_reset_before_tests(void)
{
	u64 boots = wanted == WAY_NONE ? 0 : channel_boots();

	was_reset = boots > 1;
	if (boots != 1)
		return;
	smp_start_all();
	trap_set_handler(READY_VECTOR, ignore_ready);
	for (unsigned int i = 0; i < MIN(smp_cpus_online(), VM_RESET_CPUS); i++) {
		bool used = false;

		smp_call(i, use_all, &used);
		if (!used)
			give_up("a PV MSR does not hold what was written");
	}
	channel_reset(wanted == WAY_RUNNER);
	if (wanted == WAY_GUEST)
		power_reset(guest_way);
	give_up("the VM was not reset");
}

bool vm_was_reset(void)
{
	return was_reset;
}
