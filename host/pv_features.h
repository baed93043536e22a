/* SPDX-License-Identifier: BSD-2-Clause */
/* PV features by the names of QEMU's -cpu properties, which are the names that people type. */
#ifndef HOST_PV_FEATURES_H
#define HOST_PV_FEATURES_H

#include <stdint.h>

struct pv_feature {
	const char *name;
	uint32_t features; /* bits in EAX of the feature leaf; all of them belong to the name */
	uint32_t hints;	   /* bits in EDX */
};

/*
 * The first feature of a list with commas between names; *@list moves past it. NULL: there is no
 * such feature.
 */
const struct pv_feature *pv_feature_next(const char **list);

#endif
