/* SPDX-License-Identifier: BSD-2-Clause */
#include "pv_features.h"

#include <asm/kvm_para.h>
#include <stddef.h>
#include <string.h>

#define BIT(n) (1U << (n))

static const struct pv_feature pv_features[] = {
	/* One property switches both generations of the clock. */
	{ "kvmclock", BIT(KVM_FEATURE_CLOCKSOURCE) | BIT(KVM_FEATURE_CLOCKSOURCE2), 0 },
	{ "kvm-nopiodelay", BIT(KVM_FEATURE_NOP_IO_DELAY), 0 },
	{ "kvm-mmu", BIT(KVM_FEATURE_MMU_OP), 0 },
	{ "kvm-asyncpf", BIT(KVM_FEATURE_ASYNC_PF), 0 },
	{ "kvm-steal-time", BIT(KVM_FEATURE_STEAL_TIME), 0 },
	{ "kvm-pv-eoi", BIT(KVM_FEATURE_PV_EOI), 0 },
	{ "kvm-pv-unhalt", BIT(KVM_FEATURE_PV_UNHALT), 0 },
	{ "kvm-pv-tlb-flush", BIT(KVM_FEATURE_PV_TLB_FLUSH), 0 },
	{ "kvm-asyncpf-vmexit", BIT(KVM_FEATURE_ASYNC_PF_VMEXIT), 0 },
	{ "kvm-pv-ipi", BIT(KVM_FEATURE_PV_SEND_IPI), 0 },
	{ "kvm-poll-control", BIT(KVM_FEATURE_POLL_CONTROL), 0 },
	{ "kvm-pv-sched-yield", BIT(KVM_FEATURE_PV_SCHED_YIELD), 0 },
	{ "kvm-asyncpf-int", BIT(KVM_FEATURE_ASYNC_PF_INT), 0 },
	{ "kvm-msi-ext-dest-id", BIT(KVM_FEATURE_MSI_EXT_DEST_ID), 0 },
	{ "kvmclock-stable-bit", BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT), 0 },
	{ "kvm-hint-dedicated", 0, BIT(KVM_HINTS_REALTIME) },
};

const struct pv_feature *pv_feature_next(const char **list)
{
	size_t length = strcspn(*list, ",");

	for (size_t i = 0; i < sizeof(pv_features) / sizeof(pv_features[0]); i++) {
		if (strncmp(pv_features[i].name, *list, length) || pv_features[i].name[length])
			continue;
		*list += length + ((*list)[length] == ',');
		return &pv_features[i];
	}
	return NULL;
}
