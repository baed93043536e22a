/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/pv_features.h"

#include <linux/kvm_para.h>
#include <stddef.h>
#include <string.h>

#define BIT(n) (1U << (n))

static const struct pv_feature pv_features[] = {
	/* One property switches both generations of the clock. */
	{"kvmclock", BIT(KVM_FEATURE_CLOCKSOURCE) | BIT(KVM_FEATURE_CLOCKSOURCE2), 0},
	{"kvm-nopiodelay", BIT(KVM_FEATURE_NOP_IO_DELAY), 0},
	{"kvm-mmu", BIT(KVM_FEATURE_MMU_OP), 0},
	{"kvm-asyncpf", BIT(KVM_FEATURE_ASYNC_PF), 0},
	{"kvm-steal-time", BIT(KVM_FEATURE_STEAL_TIME), 0},
	{"kvm-pv-eoi", BIT(KVM_FEATURE_PV_EOI), 0},
	{"kvm-pv-unhalt", BIT(KVM_FEATURE_PV_UNHALT), 0},
	{"kvm-pv-tlb-flush", BIT(KVM_FEATURE_PV_TLB_FLUSH), 0},
	{"kvm-asyncpf-vmexit", BIT(KVM_FEATURE_ASYNC_PF_VMEXIT), 0},
	{"kvm-pv-ipi", BIT(KVM_FEATURE_PV_SEND_IPI), 0},
	{"kvm-poll-control", BIT(KVM_FEATURE_POLL_CONTROL), 0},
	{"kvm-pv-sched-yield", BIT(KVM_FEATURE_PV_SCHED_YIELD), 0},
	{"kvm-asyncpf-int", BIT(KVM_FEATURE_ASYNC_PF_INT), 0},
	{"kvm-msi-ext-dest-id", BIT(KVM_FEATURE_MSI_EXT_DEST_ID), 0},
	{"kvmclock-stable-bit", BIT(KVM_FEATURE_CLOCKSOURCE_STABLE_BIT), 0},
	{"kvm-hint-dedicated", 0, BIT(KVM_HINTS_REALTIME)},
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

/* clang-format off */
#define MSR(name)                                \
	{                                        \
		"MSR_KVM_" #name, MSR_KVM_##name \
	}
#define HYPERCALL(name)                        \
	{                                      \
		"KVM_HC_" #name, KVM_HC_##name \
	}
/* clang-format on */
#define FEATURE(id) .name = #id, .bit = KVM_FEATURE_##id

/* MSRs and hypercalls stand at the bit by which KVM_CAP_ENFORCE_PV_FEATURE_CPUID gates them. */
const struct pv_bit pv_bits[] = {
	{FEATURE(CLOCKSOURCE), .msrs = {MSR(WALL_CLOCK), MSR(SYSTEM_TIME)}},
	{FEATURE(NOP_IO_DELAY)},
	{FEATURE(MMU_OP)},
	{FEATURE(CLOCKSOURCE2), .msrs = {MSR(WALL_CLOCK_NEW), MSR(SYSTEM_TIME_NEW)}},
	{FEATURE(ASYNC_PF), .msrs = {MSR(ASYNC_PF_EN)}},
	{FEATURE(STEAL_TIME), .msrs = {MSR(STEAL_TIME)}},
	{FEATURE(PV_EOI), .msrs = {MSR(PV_EOI_EN)}},
	{FEATURE(PV_UNHALT), .hypercall = HYPERCALL(KICK_CPU)},
	{FEATURE(PV_TLB_FLUSH)},
	{FEATURE(ASYNC_PF_VMEXIT)},
	{FEATURE(PV_SEND_IPI), .hypercall = HYPERCALL(SEND_IPI)},
	{FEATURE(POLL_CONTROL), .msrs = {MSR(POLL_CONTROL)}},
	{FEATURE(PV_SCHED_YIELD), .hypercall = HYPERCALL(SCHED_YIELD)},
	{FEATURE(ASYNC_PF_INT), .msrs = {MSR(ASYNC_PF_INT), MSR(ASYNC_PF_ACK)}},
	{FEATURE(MSI_EXT_DEST_ID), .vmm_needs = "KVM_CAP_SPLIT_IRQCHIP"},
	{FEATURE(HC_MAP_GPA_RANGE), .vmm_needs = "KVM_CAP_EXIT_HYPERCALL",
	 .hypercall = HYPERCALL(MAP_GPA_RANGE)},
	{FEATURE(MIGRATION_CONTROL), .vmm_needs = "KVM_CAP_X86_USER_SPACE_MSR",
	 .msrs = {MSR(MIGRATION_CONTROL)}},
	{FEATURE(CLOCKSOURCE_STABLE_BIT)},
	{.name = "REALTIME", .hint = true, .bit = KVM_HINTS_REALTIME},
};
const int pv_bit_count = sizeof(pv_bits) / sizeof(pv_bits[0]);

const char *pv_bit_flag(const struct pv_bit *bit)
{
	for (size_t i = 0; i < sizeof(pv_features) / sizeof(pv_features[0]); i++)
		if ((bit->hint ? pv_features[i].hints : pv_features[i].features) & BIT(bit->bit))
			return pv_features[i].name;
	return NULL;
}

const char *pv_bit_name(bool hint, int number)
{
	for (int i = 0; i < pv_bit_count; i++) {
		const struct pv_bit *bit = &pv_bits[i];

		if (bit->hint == hint && bit->bit == number)
			return pv_bit_flag(bit) ? pv_bit_flag(bit) : bit->name;
	}
	return "unknown";
}
