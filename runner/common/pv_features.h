/* SPDX-License-Identifier: BSD-2-Clause */
/* PV features by the names of QEMU's -cpu properties, which are the names that people type. */
#ifndef RUNNER_COMMON_PV_FEATURES_H
#define RUNNER_COMMON_PV_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

struct pv_feature {
	const char *name;
	uint32_t features; /* bits in EAX of the feature leaf; all of them belong to the name */
	uint32_t hints; /* bits in EDX */
};

/*
 * The first feature of a list with commas between names; *@list moves past it. NULL: there is no
 * such feature.
 */
const struct pv_feature *pv_feature_next(const char **list);

struct pv_number {
	const char *name;
	uint32_t number;
};

/* One bit of the feature leaf, and what a guest reaches through it. */
struct pv_bit {
	const char *name; /* as Linux calls it, without KVM_FEATURE_ or KVM_HINTS_ */
	bool hint; /* in EDX, not in EAX */
	int bit;
	const char *vmm_needs; /* the capability with which a VMM may offer it, where KVM does not */
	struct pv_number msrs[3], hypercall;
};

extern const struct pv_bit pv_bits[];
extern const int pv_bit_count;

/* QEMU's -cpu property for it, or NULL: some have none. */
const char *pv_bit_flag(const struct pv_bit *bit);
/* Of bit @number in EAX, or of a @hint in EDX: as people type it, else as Linux calls it. */
const char *pv_bit_name(bool hint, int number);

#endif
